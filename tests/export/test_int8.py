import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from blink.contract import ExportError
from blink.export.int8 import quantise
from blink.export.onnx_graph import to_onnx
from blink.export.parity import run_onnx
from tests.exported import drawn, heuristic, trained_net

CALIBRATION, _ = drawn(100, seed=2)


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return to_onnx(trained_net())


@pytest.fixture(scope="module")
def int8(model: onnx.ModelProto) -> onnx.ModelProto:
    return quantise(model, CALIBRATION)


def test_quantise_leaves_the_front_and_the_head_in_float_when_it_runs(
    int8: onnx.ModelProto,
) -> None:
    kinds = Counter(node.op_type for node in int8.graph.node)
    # three outputs of Conv + Relu; weight and bias of all convolutions but the first
    assert (kinds["QuantizeLinear"], kinds["DequantizeLinear"]) == (3, 7)
    producer = {name: node.op_type for node in int8.graph.node for name in node.output}
    for node in int8.graph.node:
        if node.op_type in {"Gemm", "InstanceNormalization", "Floor", "Sigmoid"}:
            assert producer[node.input[0]] not in {"QuantizeLinear", "DequantizeLinear"}
    convolutions = [node for node in int8.graph.node if node.op_type == "Conv"]
    assert [producer[node.input[0]] for node in convolutions] == [
        "Reshape",
        "InstanceNormalization",
        "DequantizeLinear",
        "DequantizeLinear",
    ]


def test_quantise_lets_runtime_fuse_every_convolution_when_loaded(
    int8: onnx.ModelProto, tmp_path: Path
) -> None:
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3  # it warns that the optimised file is for this CPU alone
    ort.InferenceSession(int8.SerializeToString(), options, providers=["CPUExecutionProvider"])
    kinds = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
    assert kinds["QLinearConv"] == 2
    assert (kinds["QuantizeLinear"], kinds["DequantizeLinear"]) == (1, 1)


def test_quantise_gives_weights_one_scale_per_channel_when_it_runs(int8: onnx.ModelProto) -> None:
    weights = {t.name: t for t in int8.graph.initializer}
    scales = [weights[name] for name in weights if name.endswith("weight_scale")]
    assert sorted(scale.dims[0] for scale in scales) == [16, 16]
    quantised = [weights[name] for name in weights if name.endswith("weight_quantized")]
    assert {tensor.data_type for tensor in quantised} == {onnx.TensorProto.INT8}


def test_quantise_stays_near_when_compared_with_fp32(
    model: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    crops, _ = drawn(100, seed=9)
    fp32_p = run_onnx(model.SerializeToString(), crops)
    int8_p = run_onnx(int8.SerializeToString(), crops)
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


def test_quantise_refuses_when_the_calibration_set_is_empty(model: onnx.ModelProto) -> None:
    with pytest.raises(ExportError, match="calibration set is empty"):
        quantise(model, CALIBRATION[:0])


def test_quantise_refuses_when_there_is_no_convolution() -> None:
    with pytest.raises(ExportError, match="nothing to quantise"):
        quantise(to_onnx(heuristic()), CALIBRATION)
