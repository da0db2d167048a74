import errno
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hydra.errors import InstantiationException

from blink.contract import DataError
from blink.contract.termination import Terminated
from blink.entry.watching import Ending, begin_run, end_run, watched_folder
from blink.runs import FAIL, PRUNE, State, read_run
from tests.offline_run import read_offline_run
from tests.runs.folders import ABOUT, run_folder


class FakeRun:
    """W&B's open run; finishing it closes it, as W&B does."""

    def __init__(self, wandb: SimpleNamespace) -> None:
        self._wandb, self.codes = wandb, list[int]()

    def finish(self, exit_code: int) -> None:
        self.codes.append(exit_code)
        self._wandb.run = None


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    module = SimpleNamespace(run=None)
    module.run = FakeRun(module)
    monkeypatch.setitem(sys.modules, "wandb", module)
    run: FakeRun = module.run
    return run


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Path]:
    begin_run(tmp_path / "run", ABOUT, keeps_checkpoint=True)
    yield tmp_path / "run"
    end_run(None)


def stopped_by_lightning(error: BaseException) -> SystemExit:
    """What Lightning makes of a stop within a training."""
    try:
        try:
            raise error
        except KeyboardInterrupt:
            sys.exit(1)
    except SystemExit as ended:
        return ended


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "curves/metrics.csv")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), Ending(State.STOPPED, 130, "Stopped by Ctrl-C.")),
        (
            stopped_by_lightning(KeyboardInterrupt()),
            Ending(State.STOPPED, 130, "Stopped by Ctrl-C."),
        ),
        (Terminated(signal.SIGTERM), Ending(State.STOPPED, 143, "Ended by SIGTERM.")),
        (
            stopped_by_lightning(Terminated(signal.SIGTERM)),
            Ending(State.STOPPED, 143, "Ended by SIGTERM."),
        ),
        (DataError("No eyes."), Ending(State.FAILED, 1, "No eyes.")),
        (InstantiationException("odd"), Ending(State.FAILED, 1, "odd")),
        (ZeroDivisionError("0"), Ending(State.FAILED, 1, None)),
        (SystemExit(3), Ending(State.FAILED, 1, None)),
    ],
)
def test_ending_says_what_an_error_means_when_it_ends_a_run(
    error: BaseException, expected: Ending
) -> None:
    assert Ending.of(error) == expected


def test_ending_says_what_to_do_when_the_disk_is_full() -> None:
    ending = Ending.of(FULL)
    assert (ending.state, ending.code) == (State.FAILED, 1)
    assert (ending.message or "").startswith("No space left to write curves/metrics.csv (No space")


def test_end_run_notes_it_as_finished_when_nothing_was_raised(begun: Path, wandb: FakeRun) -> None:
    run_folder(begun)
    (begun / "checkpoints" / "within.ckpt").write_text("older")
    assert watched_folder() == begun
    end_run(None)
    assert read_run(begun).state is State.FINISHED
    assert [path.name for path in begun.glob("checkpoints/*")] == ["epoch=001.ckpt"]
    assert wandb.codes == [0]
    assert watched_folder() is None


@pytest.mark.parametrize(
    ("error", "state", "reason", "code"),
    [
        (DataError("No eyes.\nNot one."), State.FAILED, "No eyes.", 1),
        (ZeroDivisionError("by 0"), State.FAILED, "ZeroDivisionError: by 0", 1),
        (KeyboardInterrupt(), State.STOPPED, "Stopped by Ctrl-C.", 255),
    ],
)
def test_end_run_notes_why_when_something_was_raised(
    begun: Path,
    wandb: FakeRun,
    error: BaseException,
    state: State,
    reason: str,
    code: int,
) -> None:
    run_folder(begun)
    end_run(error)
    run = read_run(begun)
    assert (run.state, run.reason) == (state, reason)
    assert list(begun.glob("checkpoints/*.ckpt"))
    assert wandb.codes == [code]


def test_end_run_leaves_no_checkpoint_when_the_run_was_pruned(begun: Path, wandb: FakeRun) -> None:
    run_folder(begun)
    (begun / PRUNE).touch()
    end_run(stopped_by_lightning(Terminated(signal.SIGTERM)))
    assert read_run(begun).state is State.PRUNED
    assert list(begun.glob("checkpoints/*.ckpt")) == []
    assert wandb.codes == [255]


def test_end_run_tells_wandb_of_a_failure_when_a_search_stopped_the_run_for_one(
    begun: Path, wandb: FakeRun
) -> None:
    run_folder(begun)
    (begun / FAIL).write_text("It took longer than 30 min.")
    end_run(stopped_by_lightning(Terminated(signal.SIGTERM)))
    run = read_run(begun)
    assert (run.state, run.reason) == (State.FAILED, "It took longer than 30 min.")
    assert wandb.codes == [1]


def test_end_run_notes_the_end_when_wandb_cannot(
    begun: Path, wandb: FakeRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(exit_code: int) -> None:
        raise RuntimeError("its service is gone")

    monkeypatch.setattr(wandb, "finish", fail)
    end_run(DataError("No eyes."))
    assert read_run(begun).state is State.FAILED
    assert caplog.messages == ["W&B could not end its run: its service is gone"]


def test_begin_run_watches_one_run_after_the_other_when_a_sweep_runs_jobs(tmp_path: Path) -> None:
    for name, error in (("0", DataError("No eyes.")), ("1", None)):
        begin_run(tmp_path / name, ABOUT, keeps_checkpoint=False)
        run_folder(tmp_path / name)
        end_run(error)
    assert [read_run(tmp_path / name).state for name in "01"] == [State.FAILED, State.FINISHED]
    assert [len(list((tmp_path / name).glob("checkpoints/*"))) for name in "01"] == [1, 0]


@pytest.mark.long
def test_end_run_leaves_wandb_the_exit_codes_when_jobs_of_a_sweep_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_SILENT", "true")
    codes = []
    for name, error in (("0", DataError("No eyes.")), ("1", KeyboardInterrupt()), ("2", None)):
        (tmp_path / name).mkdir()
        wandb.init(mode="offline", dir=tmp_path / name, id=f"job-{name}")
        end_run(error)
        codes.append(read_offline_run(tmp_path / name).exit_code)
    assert codes == [1, 255, 0]
