import json
from pathlib import Path

import pytest

from tests import crafted
from tests.cli.test_bundle import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle."""
    return crafted.craft(tmp_path / "crafted")


def test_show_tells_what_is_in_it_when_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "latency-cpu.json").write_text("{}")

    status, out, _ = run(capsys, "show", folder, "--json", tmp_path / "shown.json")

    assert status == 0
    assert "crafted, a net" in out
    assert "16×16 grey, standardise" in out
    assert "where p_closed >= 0.45 (fixed)" in out
    assert "opset 13, chosen" in out
    shown = json.loads((tmp_path / "shown.json").read_text())
    assert shown["graphs"]["fp32"]["operations"]["Conv"] == 2
    assert shown["graphs"]["int8"]["bytes"] == (folder / "model.onnx").stat().st_size
    assert shown["latencies"] == ["latency-cpu.json"]
    assert shown["signed_by"] is None
    assert shown["golden_crops"] == 4


def test_show_tells_how_well_it_does_when_it_was_tested(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"value": 0.9768, "low": 0.9434, "high": 0.9907, "gap": None}
    alone = {"value": 0.9973, "low": None, "high": None, "gap": "too few people"}
    results = {
        "cew": {"balanced_accuracy": known, "auc": alone, "people": 1215, "protocol": "Unseen."},
        "lone": {"auc": known, "people": 1, "f1": known},
        "odd": {"balanced_accuracy": 7, "auc": {"value": True}, "people": "many", "protocol": 3},
        "odder": [],
    }
    crafted.forge(folder, lambda c: c.update(metrics=results))

    _, out, _ = run(capsys, "show", folder)

    told = [line.split(maxsplit=2)[2] for line in out.splitlines() if line.startswith("tested on")]
    assert told == [
        "cew: balanced accuracy 0.977 [0.943, 0.991], AUC 0.997, 1,215 people. Unseen.",
        "lone: AUC 0.977 [0.943, 0.991], 1 person",
        "odd",
        "odder",
    ]
