from pathlib import Path
from typing import Any

import pytest
import wandb

from blink.evaluation.contact_sheets import write_contact_sheets
from blink.evaluation.publication import publish
from blink.evaluation.report import write_report
from blink.evaluation.results import Report
from tests.evaluation.assessed import draw_assessment, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


class Notebook:
    """A run that remembers what is logged."""

    def __init__(self) -> None:
        self.id = "abc"
        self.summary: dict[str, Any] = {}
        self.logged: dict[str, Any] = {}
        self.artifacts: list[wandb.Artifact] = []

    def log(self, values: dict[str, Any]) -> None:
        self.logged |= values

    def log_artifact(self, artifact: wandb.Artifact) -> None:
        self.artifacts.append(artifact)


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4)
    scores = [0.9, 0.8, 0.7, 0.6] * 2 + [0.1, 0.2, 0.3, 0.4] * 2
    rows = [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)]
    return make_report(study(make_test_set(people, rows), draw_assessment()))


def published(report: Report, folder: Path) -> Notebook:
    write_report(folder / "report.html", report)
    (folder / "net").mkdir()
    (folder / "net" / "bundle.json").write_text("{}")
    run: Any = Notebook()
    sheets = write_contact_sheets(folder, report)
    publish(run, report, folder / "report.html", sheets, [folder / "net"])
    return run  # type: ignore[no-any-return]


def test_publish_logs_tables_pictures_page_and_bundle_when_all_is_there(
    report: Report, tmp_path: Path
) -> None:
    run = published(report, tmp_path)
    tables = {name: one for name, one in run.logged.items() if isinstance(one, wandb.Table)}
    assert {name: len(table.data) for name, table in tables.items()} == {
        "test/table": 2,
        "test/groups": 7,
        "test/regions": 1,
        "test/mistakes": 2,
        "test/criteria": 4,
        "test/experience": 16,
    }
    sheets = run.logged["test/Drawn people/mistakes"]
    assert [sheet._caption for sheet in sheets] == [
        "dark, blurred crops of closed eyes, glasses",
        "small crops of open eyes",
        "labels that may be wrong",
    ]
    assert isinstance(run.logged["report"], wandb.Html)
    assert [one.name for one in run.artifacts] == ["net-abc"]


def test_publish_sums_up_metrics_and_verdict_when_runs_are_to_be_sorted(
    report: Report, tmp_path: Path
) -> None:
    summary = published(report, tmp_path).summary
    assert summary["test/Drawn people/balanced_accuracy"] == 1.0
    assert summary["test/Drawn people/verdict"] == "DO NOT SHIP"
    assert summary["test/Drawn people/cost_per_1000_uses"] == 12.4


def test_publish_leaves_out_what_is_empty_when_there_is_no_target(
    report: Report, tmp_path: Path
) -> None:
    (test,) = report.tests
    vars(test).update(assessment=None, mistakes=None)
    run = published(report, tmp_path)
    assert set(run.logged) == {"test/table", "test/groups", "test/regions", "report"}
    assert "test/Drawn people/verdict" not in run.summary
