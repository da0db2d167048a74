"""Graphs with two outputs: p_closed, and how far the eye is open."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import blink.export.search.candidate
from blink.contract import ExportError, OperatingPoint
from blink.export import Plan, record_metrics, record_operating_point
from blink.export.onnx_graph import to_onnx
from blink.export.parity import check_parity, run_onnx_whole, run_torch_whole
from blink.export.search import Gate, Material, search
from blink.export.search.candidate import LeftOut, Recipe
from blink.export.search.finish import finish
from blink.export.search.recipes import Aware, Float32, Fused, Half, Mixed, Static
from blink.runtime import Bundle, Detector, load_bundle
from tests.crafted import forge
from tests.export.measured import script
from tests.export.searched import crops, validation
from tests.exported import bundle_with_openness, drawn, golden, net_with_openness, trained_net

EYES = crops(40, 9)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle_with_openness(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return to_onnx(net_with_openness())


def test_to_onnx_gives_two_outputs_when_the_net_has_two_logits(model: onnx.ModelProto) -> None:
    assert [output.name for output in model.graph.output] == ["p_closed", "openness"]
    shapes = [output.type.tensor_type.shape.dim for output in model.graph.output]
    assert [[size.dim_param for size in shape] for shape in shapes] == [["batch"], ["batch"]]
    kinds = [node.op_type for node in model.graph.node]
    assert kinds[-4:] == ["Gemm", "Sigmoid", "Gather", "Gather"]  # the temperature is folded
    said = run_onnx_whole(model.SerializeToString(), EYES)
    wanted = run_torch_whole(net_with_openness().graph, EYES)
    np.testing.assert_allclose(said, wanted, rtol=0, atol=1e-6)
    assert np.ptp(said[1]) > 0.3


def test_every_recipe_keeps_both_outputs_when_the_net_has_two(
    monkeypatch: pytest.MonkeyPatch, model: onnx.ModelProto
) -> None:
    monkeypatch.setattr(blink.export.search.candidate, "to_onnx", lambda _: model)
    recipes: list[Recipe] = [Float32(), Half(), Static(), Fused(), Mixed(), Aware()]
    found = search(net_with_openness(), Plan(recipes), Material(validation(), crops(128, 2)))
    assert [row["name"] for row in found.told["table"]] == [
        "fp32", "fp16", "int8", "int8-operators"
    ]  # fmt: skip
    assert all(row["passed"] for row in found.told["table"])
    assert found.told["opencv_dnn"]["loads"]
    fp32, int8 = (run_onnx_whole(found.graphs[name], EYES) for name in ("fp32", "int8"))
    for one, other in zip(fp32, int8, strict=True):
        assert 0 < np.abs(one - other).mean() < 0.02


def test_mixed_keeps_both_outputs_when_layers_stay_in_float(model: onnx.ModelProto) -> None:
    mixed = Static(with_first=False).make(_source(model), {})
    assert isinstance(mixed, onnx.ModelProto)
    assert len(run_onnx_whole(finish(mixed, EYES).SerializeToString(), EYES)) == 2


def test_static_is_left_out_when_the_layer_in_float_would_be_the_only_one(
    model: onnx.ModelProto,
) -> None:
    only = onnx.ModelProto()
    only.CopyFrom(model)
    layers = [node for node in only.graph.node if node.op_type == "Conv"]
    for node in layers[1:]:
        node.op_type = "Elsewhere"  # no layer that is rounded
    left = Static(with_first=False).make(_source(only), {})
    assert left == LeftOut("there is but one layer to round")


def _never(_: object) -> Any:
    raise AssertionError


def _source(model: onnx.ModelProto) -> blink.export.search.candidate.Source:
    source = blink.export.search.candidate.Source(
        net_with_openness(), crops(64, 2), validation(), _never, _never
    )
    source.__dict__["model"] = model
    return source


def test_gate_refuses_when_openness_moves_too_far() -> None:
    judged = validation()
    p = judged.labels.astype(np.float32)
    still = Gate().judge(p, p, judged, 0.5, 0.0199)
    moved = Gate().judge(p, p, judged, 0.5, 0.0201)
    assert (still.passed, moved.passed) == (True, False)
    assert moved.why == "openness moves by 0.020 on average: at most 0.02"
    assert moved.openness_moved == 0.0201


def test_check_parity_names_the_output_when_openness_alone_differs(model: onnx.ModelProto) -> None:
    data = model.SerializeToString()
    parity = check_parity(net_with_openness().graph, {"fp32": data, "fp16": data}, EYES)
    assert parity["openness"]["fp32"]["largest_difference"] < 1e-6
    assert parity["openness"]["fp16"] == {"mean_change": 0.0}
    other = onnx.ModelProto()
    other.CopyFrom(model)
    bias = next(one for one in other.graph.initializer if one.dims == [2])
    values = onnx.numpy_helper.to_array(bias) + np.array([0, 0.1], np.float32)
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    with pytest.raises(ExportError, match=r"crop \d+ has openness 0\.\d+ in it"):
        check_parity(net_with_openness().graph, {"fp32": other.SerializeToString()}, EYES)


def test_bundle_has_openness_when_its_net_has_two_logits(opened: Bundle) -> None:
    assert opened.has_openness
    assert opened.golden["openness"].keys() == {"fp32", "int8"}
    wanted = run_torch_whole(net_with_openness().graph, opened.golden_crops())[1]
    np.testing.assert_allclose(opened.golden_answers("fp32", "openness"), wanted, rtol=0, atol=1e-6)
    assert 0 < opened.provenance["parity"]["openness"]["int8"]["mean_change"] < 0.02
    card = (opened.folder / "MODEL_CARD.md").read_text()
    assert "openness = detector.openness([crop])" in card
    assert "int8 against fp32 0.0" in card
    assert "is not an openness" not in card


def test_bundle_keeps_its_openness_when_metrics_and_threshold_are_written(
    opened: Bundle, tmp_path: Path
) -> None:
    copy = load_bundle(Path(shutil.copytree(opened.folder, tmp_path / "copy")))
    changed = record_metrics(record_operating_point(copy, OperatingPoint(0.3)), {})
    assert changed.golden == opened.golden
    before, after = (Detector(one).openness(golden()) for one in (opened, changed))
    np.testing.assert_array_equal(after, before)


def test_closed_eyes_are_told_alike_when_a_net_gets_openness(
    opened: Bundle, bundle: Bundle
) -> None:
    pictures = list(drawn(40, seed=8)[0])
    p, alone = (Detector(one, "fp32").predict(pictures) for one in (opened, bundle))
    np.testing.assert_allclose(p, alone, rtol=0, atol=1e-6)
    assert trained_net().graph.calibration == net_with_openness().graph.calibration


def test_benchmark_verifies_both_outputs_when_a_bundle_has_openness(
    opened: Bundle, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(opened.folder, tmp_path / "copy"))
    for graph in script().read_bundle(str(folder)):
        assert [len(answer) for answer in graph.expected] == [2] * len(golden())
        assert graph.golden_difference < 1e-6
        lane = script()._batched(graph, 8, {"threads": 1, "spins": False})
        script().in_turn([lane], 0)
        assert (len(lane.expected[0]), lane.wrong) == (2, 0)
        assert lane.largest < 1e-6
    forge(folder, lambda c: c["golden"]["openness"]["fp32"].__setitem__(0, 0.0))
    with pytest.raises(script().BundleError, match="does not give its golden answers"):
        script().read_bundle(str(folder))
