import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import numpy_helper

from blink.contract import ExportError
from blink.export.int8 import layers_of, quantise
from blink.export.onnx_graph import to_onnx
from blink.export.parity import run_onnx
from tests.export.searched import crops
from tests.exported import heuristic, traced_net

CALIBRATION = crops(100, 2)


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return traced_net()


@pytest.fixture(scope="module")
def int8(model: onnx.ModelProto) -> onnx.ModelProto:
    return quantise(model, CALIBRATION)


def producers(model: onnx.ModelProto, kind: str) -> list[str]:
    """What makes the first input of every node of a kind."""
    producers = {name: node.op_type for node in model.graph.node for name in node.output}
    return [producers[n.input[0]] for n in model.graph.node if n.op_type == kind]


def optimised(model: onnx.ModelProto, path: Path) -> Counter[str]:
    """Kinds of nodes that ONNX Runtime really runs."""
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3  # it warns that the optimised file is for this CPU alone
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(path).graph.node)


def test_quantise_takes_the_very_crops_as_the_first_tensor_when_it_runs(
    int8: onnx.ModelProto,
) -> None:
    (reader,) = [node for node in int8.graph.node if "crops" in node.input]
    constants = {t.name: numpy_helper.to_array(t) for t in int8.graph.initializer}
    assert reader.op_type == "DequantizeLinear"
    assert [constants[name].item() for name in reader.input[1:]] == [1 / 32, 128]
    assert producers(int8, "Conv") == ["DequantizeLinear"] * 3
    kinds = Counter(node.op_type for node in int8.graph.node)
    # three outputs of Conv + Relu; the crops, and weight and bias of three convolutions
    assert (kinds["QuantizeLinear"], kinds["DequantizeLinear"]) == (3, 10)
    for kind in ("Gemm", "Sigmoid"):
        assert producers(int8, kind)[0] not in {"QuantizeLinear", "DequantizeLinear"}


def test_quantise_lets_runtime_fuse_every_convolution_when_loaded(
    int8: onnx.ModelProto, tmp_path: Path
) -> None:
    kinds = optimised(int8, tmp_path / "optimised.onnx")
    assert kinds["QLinearConv"] == 3
    assert (kinds["QuantizeLinear"], kinds["DequantizeLinear"]) == (0, 1)


@pytest.mark.parametrize(("place", "fused"), [(0, 2), (1, 2), (2, 2)])
def test_quantise_leaves_a_layer_in_float_when_it_is_named(
    model: onnx.ModelProto, tmp_path: Path, place: int, fused: int
) -> None:
    mixed = quantise(model, CALIBRATION, in_float=[layers_of(model)[place]])
    kinds = optimised(mixed, tmp_path / "optimised.onnx")
    assert kinds["QLinearConv"] == fused
    floats = {t.name for t in mixed.graph.initializer if t.data_type == onnx.TensorProto.FLOAT}
    weights = [f"net.features.{3 * number}.weight" for number in range(3)]
    assert [name for name in weights if name in floats] == [weights[place]]


def test_quantise_gives_weights_one_scale_per_channel_when_it_runs(int8: onnx.ModelProto) -> None:
    weights = {t.name: t for t in int8.graph.initializer}
    scales = [weights[name] for name in weights if name.endswith("weight_scale")]
    assert sorted(scale.dims[0] for scale in scales) == [8, 16, 16]
    quantised = [weights[name] for name in weights if name.endswith("weight_quantized")]
    assert {tensor.data_type for tensor in quantised} == {onnx.TensorProto.INT8}


def test_quantise_gives_weights_one_scale_when_it_is_per_tensor(model: onnx.ModelProto) -> None:
    whole = quantise(model, CALIBRATION, per_channel=False)
    scales = [t for t in whole.graph.initializer if t.name.endswith("weight_scale")]
    assert [numpy_helper.to_array(scale).size for scale in scales] == [1, 1, 1]


def test_quantise_uses_seven_bits_when_it_is_reduced(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    reduced = quantise(model, CALIBRATION, is_reduced=True)
    largest = [
        max(
            int(np.abs(numpy_helper.to_array(tensor).astype(int)).max())
            for tensor in quantised.graph.initializer
            if tensor.name.endswith("weight_quantized")
        )
        for quantised in (int8, reduced)
    ]
    assert largest == [127, 64]


def test_quantise_stays_near_when_compared_with_fp32(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    held = crops(100, 9)
    fp32_p = run_onnx(model.SerializeToString(), held)
    int8_p = run_onnx(int8.SerializeToString(), held)
    assert 0 < np.abs(fp32_p - int8_p).max() < 0.03


def test_quantise_gives_the_same_bytes_when_called_twice(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    again = quantise(model, CALIBRATION)
    assert again.SerializeToString(deterministic=True) == int8.SerializeToString(deterministic=True)


def test_quantise_keeps_metadata_and_opset_when_it_runs(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    assert int8.metadata_props == model.metadata_props
    assert int8.opset_import == model.opset_import
    assert (int8.ir_version, int8.producer_name) == (8, "blink")


def test_quantise_leaves_nothing_behind_when_it_runs(
    model: onnx.ModelProto,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    before = model.SerializeToString(deterministic=True)
    quantise(model, CALIBRATION[:8])
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]
    assert model.SerializeToString(deterministic=True) == before
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_quantise_drops_what_nobody_reads_when_it_hangs_together(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    hanging = onnx.ModelProto()
    hanging.CopyFrom(model)
    for number, read in enumerate([model.graph.output[0].name, "dead-0", "dead-1"]):
        dead = onnx.helper.make_node("Neg", [read], [f"dead-{number}"], f"graph/dead-{number}")
        hanging.graph.node.append(dead)
    left = quantise(hanging, CALIBRATION).graph.node
    assert [node.op_type for node in left] == [node.op_type for node in int8.graph.node]


def test_quantise_refuses_when_the_calibration_set_is_empty(model: onnx.ModelProto) -> None:
    with pytest.raises(ExportError, match="calibration set is empty"):
        quantise(model, CALIBRATION[:0])


def test_quantise_refuses_when_there_is_no_convolution() -> None:
    with pytest.raises(ExportError, match="nothing to quantise"):
        quantise(to_onnx(heuristic()), CALIBRATION)
