import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from blink.contract import BundleError, ExportError, OperatingPoint
from blink.export import export_bundle, record_metrics, record_operating_point
from blink.export.onnx_graph import to_onnx
from blink.runtime import Bundle, Detector, load_bundle
from blink.runtime.preprocessing import stack
from tests.export.searched import validation
from tests.exported import PROVENANCE, export, golden, heuristic, run_torch, trained_net

METRICS: dict[str, Any] = {
    "drawn people": {
        "balanced_accuracy": {"value": 0.9512, "low": 0.93, "high": 0.9701},
        "auc": {"value": None, "low": None, "high": None},
        "n": 1200,
        "people": 7,
        "protocol": "subject-disjoint",
    }
}


@pytest.fixture
def copy(bundle: Bundle, tmp_path: Path) -> Bundle:
    return load_bundle(Path(shutil.copytree(bundle.folder, tmp_path / "copy")))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_export_bundle_ships_int8_first_when_a_net_passes(bundle: Bundle) -> None:
    assert bundle.precision == "int8"
    assert bundle.precisions == {"fp32": "fp32.onnx", "int8": "model.onnx"}
    assert sorted(files(bundle.folder)) == [
        "MODEL_CARD.md",
        "bundle.json",
        "fp32.onnx",
        "model.onnx",
    ]
    sizes = {name: bundle.path(name).stat().st_size for name in bundle.precisions}
    assert sizes["int8"] < 0.4 * sizes["fp32"]
    assert bundle.provenance["parity"]["fp32"]["largest_difference"] < 1e-5
    assert bundle.export["chosen"] == "int8"
    assert [row["ships_as"] for row in bundle.export["table"]] == ["fp32.onnx", "model.onnx"]
    assert [row["passed"] for row in bundle.export["table"]] == [True, True]
    assert [row["size_bytes"] for row in bundle.export["table"]] == [sizes["fp32"], sizes["int8"]]
    assert bundle.provenance["data"] == PROVENANCE["data"]
    assert bundle.metrics == {}


def test_export_bundle_answers_as_torch_when_loaded(bundle: Bundle) -> None:
    inputs = stack(golden(), bundle.spec)
    np.testing.assert_array_equal(bundle.golden_crops(), inputs)
    expected = run_torch(trained_net().graph, inputs)
    fp32 = Detector(bundle, "fp32").predict(golden())
    np.testing.assert_allclose(fp32, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(bundle.golden_answers("fp32"), expected, rtol=0, atol=1e-5)


def test_export_bundle_writes_the_same_files_when_called_twice(
    bundle: Bundle, tmp_path: Path
) -> None:
    assert files(export(tmp_path / "drawn").folder) == files(bundle.folder)


def test_export_bundle_replaces_the_older_one_when_given_a_heuristic(copy: Bundle) -> None:
    (copy.folder / "latency-some-cpu.json").write_text("{}")
    found = export(copy.folder, heuristic())
    assert sorted(files(found.folder)) == ["MODEL_CARD.md", "bundle.json", "model.onnx"]
    assert (found.kind, found.precision) == ("heuristic", "fp32")
    assert found.precisions == {"fp32": "model.onnx"}
    assert [row["name"] for row in found.export["table"]] == ["fp32"]
    assert Detector(found).verify() < 1e-6


def broken(model: onnx.ModelProto, _calibration: object, **_: object) -> onnx.ModelProto:
    """A quantiser that turns the net's sign."""
    twisted = onnx.ModelProto()
    twisted.CopyFrom(model)
    for tensor in twisted.graph.initializer:
        if tensor.name in {"net.head.weight", "net.head.bias"}:
            values = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(-values, tensor.name))
    return twisted


def test_export_bundle_ships_fp32_with_a_loud_warning_when_int8_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("blink.export.search.recipes.static.quantise", broken)
    with caplog.at_level(logging.WARNING):
        found = export(tmp_path / "drawn")
    assert found.precisions == {"fp32": "model.onnx"}
    row = found.export["table"][1]
    assert (row["passed"], row["balanced_accuracy"], row["ships_as"]) == (False, 0.0, None)
    assert found.export["reason"] == "fp32: no quantised candidate passes the gate"
    assert "No int8 of drawn passes the gate" in caplog.text
    card = (found.folder / "MODEL_CARD.md").read_text()
    assert "**No int8 passes the gate, so none is part of the bundle.**" in card


def test_export_bundle_writes_nothing_when_onnx_is_not_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "blink.export.search.candidate.to_onnx", lambda one: broken(to_onnx(one), None)
    )
    with pytest.raises(ExportError, match="not the net that was trained"):
        export(tmp_path / "drawn")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("provenance", "message"),
    [
        ({}, "lacks `licence`"),
        ({"licence": "free", "when": object()}, "JSON-ready"),
        ({"licence": "free", "loss": float("nan")}, "JSON-ready"),
    ],
)
def test_export_bundle_leaves_the_older_one_when_provenance_is_faulty(
    copy: Bundle, provenance: dict[str, Any], message: str
) -> None:
    before = files(copy.folder)
    with pytest.raises(ExportError, match=message):
        export_bundle(
            copy.folder,
            trained_net(),
            calibration=None,
            validation=validation(10),
            golden=golden(),
            provenance=provenance,
        )
    assert files(copy.folder) == before
    assert [path.name for path in copy.folder.parent.iterdir()] == ["copy"]


def test_record_metrics_leaves_the_bundle_when_they_would_be_refused(copy: Bundle) -> None:
    before = files(copy.folder)
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"deep": deep}
    with pytest.raises(ExportError, match=r"it would be refused: .*copy/bundle.json is no JSON"):
        record_metrics(copy, deep)
    assert files(copy.folder) == before


def test_bundle_stays_as_it_was_when_its_graphs_would_be_refused(
    copy: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blink.export.bundle_folder.threshold_entry", lambda _: {"other": "?"})
    before = files(copy.folder)
    message = (
        r"copy is not written: a graph for it would be refused \(.*metadata.*\)\. Give the net "
        "another norm or activation"
    )
    with pytest.raises(ExportError, match=message):
        record_operating_point(copy, OperatingPoint(0.5))
    assert files(copy.folder) == before
    assert [path.name for path in copy.folder.parent.iterdir()] == ["copy"]


def test_record_metrics_keeps_latencies_when_a_system_left_hidden_files(copy: Bundle) -> None:
    (copy.folder / "latency-some-cpu.json").write_text("{}")
    (copy.folder / "._model.onnx").write_text("where an icon lies")
    record_metrics(copy, METRICS)
    assert (copy.folder / "latency-some-cpu.json").read_text() == "{}"


def test_record_metrics_changes_nothing_else_when_it_writes(copy: Bundle) -> None:
    (copy.folder / "latency-some-cpu.json").write_text("{}")
    before = files(copy.folder)
    found = record_metrics(copy, METRICS)
    after = files(copy.folder)
    assert found.metrics == METRICS == load_bundle(copy.folder).metrics
    assert replace(found, metrics={}, files=copy.files, sha256=copy.sha256) == copy
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert changed == {"MODEL_CARD.md", "bundle.json"}
    card = after["MODEL_CARD.md"].decode()
    row = "0.951 [0.930, 0.970] | 1200 | 7 | subject-disjoint |"
    assert f"| drawn people | balanced accuracy | {row}" in card
    assert "| drawn people | AUC | not defined | 1200 | 7 |" in card
    assert Detector(found).verify() < 1e-6


def test_record_metrics_ends_the_same_when_called_twice(copy: Bundle) -> None:
    once = files(record_metrics(copy, METRICS).folder)
    assert files(record_metrics(record_metrics(copy, {}), METRICS).folder) == once


def test_record_metrics_refuses_when_a_file_was_changed_meanwhile(copy: Bundle) -> None:
    (copy.folder / "fp32.onnx").write_bytes(b"another net")
    before = files(copy.folder)
    with pytest.raises(BundleError, match=r"fp32.onnx was changed"):
        record_metrics(copy, METRICS)
    assert files(copy.folder) == before


def test_record_metrics_keeps_the_graphs_that_were_verified_when_one_changes_after_it(
    copy: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(copy.folder)

    def load_and_spoil(folder: Path) -> Bundle:
        found = load_bundle(folder)
        (folder / "fp32.onnx").write_bytes(b"another net")
        return found

    monkeypatch.setattr("blink.export.bundle_folder.load_bundle", load_and_spoil)
    record_metrics(copy, METRICS)

    (copy.folder / "fp32.onnx").write_bytes(before["fp32.onnx"])  # as it was written
    assert load_bundle(copy.folder).metrics == METRICS


def test_record_metrics_refuses_when_the_entries_change_after_they_were_verified(
    copy: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_and_spoil(folder: Path) -> Bundle:
        found = load_bundle(folder)
        (folder / "bundle.json").write_text('{"name": "another"}')
        return found

    monkeypatch.setattr("blink.export.bundle_folder.load_bundle", load_and_spoil)
    with pytest.raises(BundleError, match="is being written by somebody else"):
        record_metrics(copy, METRICS)


def test_record_metrics_refuses_when_they_are_not_json(copy: Bundle) -> None:
    with pytest.raises(ExportError, match="JSON-ready"):
        record_metrics(copy, {"drawn": {"auc": {"value": np.float32(0.5)}}})
    assert json.loads((copy.folder / "bundle.json").read_text())["metrics"] == {}


def test_record_operating_point_changes_the_threshold_alone_when_it_is_frozen(copy: Bundle) -> None:
    point = OperatingPoint(0.125, "least expected cost for a drawn product")
    record_metrics(copy, METRICS)

    found = record_operating_point(copy, point)

    assert found.operating_point == point
    assert found.metrics == {}
    assert found.export == copy.export
    assert found.golden == copy.golden
    for precision in found.precisions:
        model = onnx.load(found.path(precision))
        entries = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
        assert entries["blink.operating_point"] == point.to_dict()
        assert entries["blink.name"] == copy.name
        assert Detector(found, precision).verify() < 1e-6
    assert "0.125" in (found.folder / "MODEL_CARD.md").read_text()
