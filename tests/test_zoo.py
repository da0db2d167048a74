"""Released bundles stay what their cards say."""

import re
from pathlib import Path

import numpy as np
import pytest

from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.evaluation import evaluate, find_held_out, predict_manifest
from blink.runtime import Detector, load_bundle

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "export" / "zoo"
BUNDLES = sorted(path for path in ZOO.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_zoo_bundle_gives_the_answers_of_its_export_when_it_is_loaded(folder: Path) -> None:
    detector = Detector.load(folder)
    detector.verify()
    assert detector.bundle.name == f"eye-{folder.name}"


def test_zoo_is_as_small_as_it_has_to_be() -> None:
    names = ["large", "pico", "rendered-committee", "rendered-only", "standard"]
    assert [folder.name for folder in BUNDLES] == names
    assert sum(path.stat().st_size for path in ZOO.rglob("*") if path.is_file()) < 5_000_000


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_zoo_card_says_what_its_weights_may_be_used_for(folder: Path) -> None:
    card = (folder / "MODEL_CARD.md").read_text()
    is_free = folder.name.startswith("rendered-")
    assert ("research-only data" in card, "Apache-2.0. Weights from rendered eyes" in card) == (
        not is_free,
        is_free,
    )


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_zoo_bundle_has_latencies_and_an_evaluation(folder: Path) -> None:
    metrics = load_bundle(folder).metrics
    assert {"mrl", "cew", "rendered"} <= set(metrics)
    assert list(folder.glob("latency*.json"))


def test_pupil_names_its_teacher_when_that_is_in_the_zoo() -> None:
    teacher, pupil = load_bundle(ZOO / "rendered-committee"), load_bundle(ZOO / "rendered-only")
    assert pupil.provenance["teachers"] == {teacher.name: teacher.sha256[:12]}
    assert pupil.provenance["held_out_people"] == teacher.provenance["held_out_people"]


def told(page: Path, pattern: str) -> list[tuple[str, ...]]:
    """What the rows of a page's tables say."""
    return re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE)


def test_readme_says_of_the_zoo_what_its_bundles_say() -> None:
    rows = told(
        ROOT / "README.md", r"^\| (\w+) \| \*\*([\w-]+)\*\* int8 \| (\S+).*?\| (\S+) \| (\S+) \|"
    )
    assert len(rows) == 2 * len(BUNDLES)
    for data, name, *figures in rows:
        scores = load_bundle(ZOO / name).metrics[data]
        expected = [scores[key]["value"] for key in ("balanced_accuracy", "f1", "auc")]
        assert figures == [f"{value:.3f}" for value in expected], (data, name)


def test_zoo_page_says_what_its_bundles_say() -> None:
    rows = told(
        ROOT / "experiments" / "zoo" / "README.md",
        r"^\| ([\w-]+) \| int8 \| \S+ \| .*? \| ([\d.]+).*?AUC (\S+) \| ([\d.]+).*?AUC (\S+) \|",
    )
    assert len(rows) == len(BUNDLES)
    for name, *figures in rows:
        metrics = load_bundle(ZOO / name).metrics
        expected = [
            metrics[data][key]["value"]
            for data in ("mrl", "cew")
            for key in ("balanced_accuracy", "auc")
        ]
        assert figures == [f"{value:.3f}" for value in expected], name


def test_standard_keeps_its_floors_when_run_on_people_whom_it_has_not_seen(
    real: tuple[Manifest, Split],
) -> None:
    detector = Detector.load(ZOO / "standard")
    for held_out, floor in zip(find_held_out(real, trained_on=True), (0.955, 0.965), strict=True):
        table = predict_manifest({"int8": detector}, held_out.manifest, held_out.rows, "int8")
        found = evaluate(table["int8"], detector.bundle.operating_point, draws=1)
        accuracy = found.scores["balanced_accuracy"].value
        assert detector.precision == "int8"
        assert accuracy is not None
        assert accuracy > floor
        said = detector.bundle.metrics[held_out.name]["balanced_accuracy"]["value"]
        assert np.isclose(accuracy, said, atol=0.002)
