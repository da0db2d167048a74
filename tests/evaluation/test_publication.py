from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import wandb

from blink.data.images import encode_png
from blink.evaluation.contact_sheets import write_contact_sheets
from blink.evaluation.publication import plots, publish
from blink.evaluation.publication.artifacts import model_artifact
from blink.evaluation.results import Report
from blink.latency import Latency
from blink.runtime import Bundle
from tests.evaluation.assessed import draw_assessment, study
from tests.evaluation.drawn import draw_eye, draw_manifest, make_report, make_test_set
from tests.slots import can_measure, looks_when_giving_way


class Notebook:
    """A run that remembers what is logged; W&B refuses to use or link artifacts offline."""

    def __init__(self, *, offline: bool = True, refuses: bool = False) -> None:
        self.id = "abc"
        self.tags: tuple[str, ...] = ("few",)
        self.offline, self._refuses = offline, refuses
        self.summary: dict[str, Any] = {}
        self.logged: dict[str, Any] = {}
        self.artifacts: list[wandb.Artifact] = []
        self.used: list[wandb.Artifact] = []
        self.linked: list[tuple[str, str]] = []

    def log(self, values: dict[str, Any]) -> None:
        self.logged |= values

    def log_artifact(self, artifact: wandb.Artifact) -> wandb.Artifact:
        self.artifacts.append(artifact)
        return artifact

    def use_artifact(self, artifact: wandb.Artifact) -> None:
        assert not self.offline
        self.used.append(artifact)

    def link_artifact(self, artifact: wandb.Artifact, target: str) -> None:
        assert not self.offline
        if self._refuses:
            raise wandb.errors.CommError("You may not write to this registry.")
        self.linked.append((artifact.name, target))


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4)
    scores = [0.9, 0.8, 0.7, 0.6] * 2 + [0.1, 0.2, 0.3, 0.4] * 2
    rows = [("vote", "heuristic", [0.9] * 16), ("drawn", "net", scores)]
    test = make_test_set(people, rows, precision="int8", latency=Latency(22, 30, 2.5, "a CPU"))
    facts = {"split": "LEAKY 0a", "commit": "5d27450-dirty"}
    return make_report(study(test, draw_assessment()), facts=facts)


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are not drawn, which takes its time; artifacts are staged in the test's folder."""
    monkeypatch.setattr(plots, "still", lambda _drawn, _title: encode_png(draw_eye(True)))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "wandb"))


def published(
    report: Report,
    folder: Path,
    bundle: Bundle,
    run: Notebook | None = None,
    registry: str | None = None,
) -> Notebook:
    (folder / "report.html").write_text("<!doctype html>")
    notebook: Any = run or Notebook()
    sheets = write_contact_sheets(folder, report)
    publish(notebook, report, folder / "report.html", sheets, [bundle], registry)
    return notebook  # type: ignore[no-any-return]


def test_publish_logs_tables_pictures_and_page_when_all_is_there(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    run = published(report, tmp_path, bundle)
    tables = {name: one for name, one in run.logged.items() if isinstance(one, wandb.Table)}
    assert {name: len(table.data) for name, table in tables.items()} == {
        "test/table": 2,
        "test/groups": 7,
        "test/regions": 1,
        "test/mistakes": 2,
        "test/criteria": 4,
        "test/experience": 16,
    }
    pictures = {name: one for name, one in run.logged.items() if isinstance(one, wandb.Image)}
    assert {name: one._caption for name, one in pictures.items()} == {
        "test/Drawn people/reliability": "Reliability of drawn int8 on Drawn people",
        "test/Drawn people/pareto/latency": "Balanced accuracy on Drawn people against latency",
        "test/Drawn people/pareto/size": "Balanced accuracy on Drawn people against size",
        "test/Drawn people/mistakes/1": "dark, blurred crops of closed eyes, glasses",
        "test/Drawn people/mistakes/2": "small crops of open eyes",
        "test/Drawn people/mistakes/3": "labels that may be wrong",
    }
    assert isinstance(run.logged["report"], wandb.Html)


def test_publish_gives_way_at_each_plot_when_there_is_a_slot(
    report: Report, tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = write_contact_sheets(tmp_path, report)
    (tmp_path / "report.html").write_text("<!doctype html>")
    notebook: Any = Notebook()
    notebook.log = lambda _: others_can_measure.append(can_measure(tmp_path / "slot"))
    others_can_measure: list[bool] = []
    held = looks_when_giving_way(tmp_path / "slot", monkeypatch)
    publish(notebook, report, tmp_path / "report.html", sheets, [bundle])
    assert held.count(True) >= 3
    assert others_can_measure == [True]  # W&B itself may wait for the network


def test_publish_sums_up_figures_and_costs_when_runs_are_to_be_sorted(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    summary = published(report, tmp_path, bundle).summary
    assert summary["test/Drawn people/balanced_accuracy"] == 1.0
    assert summary["test/mean/balanced_accuracy"] == 1.0
    assert summary["test/Drawn people/verdict"] == "DO NOT SHIP"
    assert summary["test/Drawn people/cost_per_1000_uses"] == 12.4
    assert (summary["size_bytes"], summary["latency/p50_us"]) == (3400, 22)


def test_publish_tags_what_nobody_must_overlook_when_split_leaks_and_code_is_not_committed(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    run = published(report, tmp_path, bundle)
    assert run.tags == ("few", "int8", "leaky", "uncommitted code")


def test_publish_leaves_out_what_is_empty_when_there_is_no_target_and_no_latency(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    (test,) = report.tests
    vars(test).update(assessment=None, mistakes=None)
    for row in test.rows:
        vars(row).update(latency=None)
    run = published(report, tmp_path, bundle)
    assert set(run.logged) == {
        *("test/table", "test/groups", "test/regions", "report"),
        *("test/Drawn people/reliability", "test/Drawn people/pareto/size"),
    }
    assert "test/Drawn people/verdict" not in run.summary
    assert "latency/p50_us" not in run.summary


def test_publish_names_validation_people_when_they_were_judged(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    vars(report.tests[0]).update(role="val")
    run = published(report, tmp_path, bundle, Notebook(offline=False))
    assert run.summary["val/mean/balanced_accuracy"] == 1.0
    assert not [key for key in (*run.summary, *run.logged) if key.startswith("test/")]
    assert not run.linked  # since no registry was named


def test_publish_logs_data_and_bundles_and_links_nothing_when_the_run_is_offline(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    run = published(report, tmp_path, bundle, registry="model")
    data, model = run.artifacts
    assert (data.type, data.name) == ("dataset", "drawn")
    assert set(data.manifest.entries) == {"data.json", "version.json", "DATASET_CARD.md"}
    assert data.metadata["fingerprint"] == report.tests[0].manifest.fingerprint
    assert (data.metadata["split"], data.metadata["licences"]) == ("LEAKY 0a", ["test"])
    assert (model.type, model.name) == ("model", "drawn")
    assert {"bundle.json", "model.onnx"} <= set(model.manifest.entries)
    metrics = model.metadata["metrics"]["Drawn people"]
    assert metrics["balanced_accuracy"]["value"] == 1.0
    assert model.metadata["latency"]["p50_us"] == 22


def test_artifacts_have_names_of_their_own_when_wandb_does_not_take_all_of_them(
    report: Report, bundle: Bundle
) -> None:
    names = ["eyes-1.0", "глаза", "веки", "open eyes", "open.eyes", "e" * 128, "e" * 129, "e" * 130]
    taken = [model_artifact(replace(bundle, name=name), report, "abc").name for name in names]
    assert taken[0] == names[0]
    assert taken[3].startswith("open-eyes-")
    assert len(set(taken)) == len(names)
    assert max(map(len, taken)) == 128


def test_publish_uses_data_and_links_the_main_bundle_when_the_run_is_online(
    report: Report, tmp_path: Path, bundle: Bundle
) -> None:
    run = published(report, tmp_path, bundle, Notebook(offline=False), registry="model")
    assert [one.type for one in run.used] == ["dataset"]
    assert [one.type for one in run.artifacts] == ["model"]
    assert run.linked == [("drawn", "wandb-registry-model/drawn")]


def test_publish_goes_on_and_says_so_when_wandb_refuses_the_link(
    report: Report, tmp_path: Path, bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    run = published(report, tmp_path, bundle, Notebook(offline=False, refuses=True), "model")
    assert [one.type for one in run.artifacts] == ["model"]
    assert "did not link drawn to wandb-registry-model/drawn: You may not write" in caplog.text
