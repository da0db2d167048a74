import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from blink.contract import InputSpec
from blink.export.int8 import quantise
from blink.export.parity import run_onnx
from blink.export.search.compact import compact
from blink.export.search.finish import finish
from blink.export.search.fold import fold_scale
from blink.export.search.opset import lower_opset, opset_of
from tests.export.searched import crops
from tests.exported import traced_net

CROPS = crops(40, 7)


@pytest.fixture(scope="module")
def fp32() -> onnx.ModelProto:
    return traced_net()


@pytest.fixture(scope="module")
def int8(fp32: onnx.ModelProto) -> onnx.ModelProto:
    return quantise(fp32, crops(64, 2))


def answers(model: onnx.ModelProto) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return run_onnx(model.SerializeToString(), CROPS)


def test_compact_gives_the_same_bits_in_fewer_bytes_when_quantised(int8: onnx.ModelProto) -> None:
    smaller = compact(int8)
    weights = sum(t.ByteSize() for t in int8.graph.initializer if t.data_type == TensorProto.INT8)
    assert len(smaller.SerializeToString()) < 0.7 * len(int8.SerializeToString())
    assert len(smaller.SerializeToString()) < weights + 3000
    np.testing.assert_array_equal(answers(smaller), answers(int8))
    assert smaller.metadata_props == int8.metadata_props
    assert (smaller.graph.input, smaller.graph.output) == (int8.graph.input, int8.graph.output)


def test_compact_keeps_each_constant_once_when_several_are_equal(int8: onnx.ModelProto) -> None:
    contents = [
        (t.data_type, tuple(t.dims), numpy_helper.to_array(t).tobytes())
        for t in compact(int8).graph.initializer
    ]
    assert len(contents) == len(set(contents))
    assert len(contents) < len(int8.graph.initializer)


def test_compact_drops_no_zero_point_when_it_is_not_zero() -> None:
    nodes = [helper.make_node("DequantizeLinear", ["crops", "s", "z"], ["p_closed"])]
    constants = [
        numpy_helper.from_array(np.array(0.5, np.float32), "s"),
        numpy_helper.from_array(np.array(3, np.int8), "z"),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("crops", TensorProto.INT8, [2])],
            [helper.make_tensor_value_info("p_closed", TensorProto.FLOAT, [2])],
            constants,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
    )
    assert len(compact(model).graph.node[0].input) == 3


def test_fold_scale_saves_a_node_and_no_bit_when_the_scale_is_a_power_of_two(
    fp32: onnx.ModelProto,
) -> None:
    folded = fold_scale(fp32)
    assert len(folded.graph.node) == len(fp32.graph.node) - 1
    assert len(folded.graph.initializer) == len(fp32.graph.initializer) - 1
    np.testing.assert_array_equal(answers(folded), answers(fp32))


def test_fold_scale_changes_nothing_when_it_would_round(fp32: onnx.ModelProto) -> None:
    other = onnx.ModelProto()
    other.CopyFrom(fp32)
    for tensor in other.graph.initializer:
        if tensor.name == "scale":
            value = np.array(InputSpec(normalisation="unit").scale, np.float32)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    assert fold_scale(other) is other


def test_lower_opset_finds_the_lowest_when_operators_changed_in_form_alone(
    fp32: onnx.ModelProto, int8: onnx.ModelProto
) -> None:
    lowered = lower_opset(fp32, CROPS)
    assert (opset_of(fp32), opset_of(lowered), lowered.ir_version) == (18, 11, 6)
    np.testing.assert_array_equal(answers(lowered), answers(fp32))
    quantised = lower_opset(int8, CROPS)  # a scale per channel came with 13
    assert (opset_of(quantised), quantised.ir_version) == (13, 7)
    np.testing.assert_array_equal(answers(quantised), answers(int8))


def test_lower_opset_stays_when_an_operator_is_younger() -> None:
    nodes = [
        helper.make_node("Cast", ["crops"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("HardSwish", ["x"], ["y"]),  # of opset 14
        helper.make_node("ReduceMean", ["y", "axes"], ["p_closed"], keepdims=0),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", 1, 32, 32])],
            [helper.make_tensor_value_info("p_closed", TensorProto.FLOAT, ["n"])],
            [numpy_helper.from_array(np.array([1, 2, 3]), "axes")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    lowered = lower_opset(model, CROPS)
    assert opset_of(lowered) == 14
    assert len(lowered.graph.node[2].input) == 1
    np.testing.assert_array_equal(answers(lowered), answers(model))


def test_finish_gives_the_same_bytes_when_called_twice(int8: onnx.ModelProto) -> None:
    once, again = (finish(int8, CROPS).SerializeToString(deterministic=True) for _ in range(2))
    assert once == again


def test_finish_leaves_a_file_that_opencv_reads_when_it_is_fp32(fp32: onnx.ModelProto) -> None:
    data = finish(fp32, CROPS).SerializeToString()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net.setInput(CROPS.astype(np.float32))
    np.testing.assert_allclose(net.forward().ravel(), answers(fp32), rtol=0, atol=1e-6)
