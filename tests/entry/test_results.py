import logging
from pathlib import Path
from threading import Thread

import blink.torchvision_mend  # noqa: F401

import pytest

from blink.entry import leave_results
from blink.entry.publishing_logger import PublishingLogger
from blink.evaluation import Report
from blink.latency.slot import VARIABLE, Slot
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set
from tests.slots import can_measure, looks_when_giving_way


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, glasses=["no", "yes"])
    return make_report(make_test_set(people, [("drawn", "net", [0.9] * 8 + [0.1] * 8)]))


def test_leave_results_waits_when_a_neighbour_measures(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "slot"))
    run = Thread(target=leave_results, args=(tmp_path, report, [], []))

    with Slot(tmp_path / "slot").alone():  # as another process
        run.start()
        run.join(0.3)
        assert run.is_alive()
        assert not (tmp_path / "metrics.json").exists()
    run.join()

    assert (tmp_path / "report.html").is_file()
    assert can_measure(tmp_path / "slot")


def test_leave_results_gives_way_at_each_of_the_statistics_when_there_is_a_slot(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = looks_when_giving_way(tmp_path / "slot", monkeypatch)

    leave_results(tmp_path, report, [], [])

    groups = 2 * [True, True]  # each is compared and scored
    assert held == [True, True, True, *groups]  # before the scores, the verdict and the page
    assert can_measure(tmp_path / "slot")


class _Refused:
    """W&B's run, whose server says no to whatever it is asked."""

    def __getattr__(self, name: str) -> None:
        raise ConnectionError(f"{name}: 403")


def test_leave_results_says_them_and_warns_when_wandb_fails(
    report: Report, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logger = PublishingLogger(experiment=_Refused())
    with caplog.at_level(logging.INFO):
        leave_results(tmp_path, report, [], [logger])

    told, warned = caplog.messages
    assert told.endswith(f"Report: {tmp_path / 'report.html'}")
    assert warned.startswith("Logging the results to W&B failed, as said below.")
    assert "ConnectionError: summary: 403" in caplog.text  # with its traceback
    assert f"python train.py resume={tmp_path} logs them again" in warned


def test_publishing_logger_hands_wandb_nothing_when_wandb_warns_of_it() -> None:
    assert "anonymous" not in PublishingLogger(offline=True)._wandb_init
