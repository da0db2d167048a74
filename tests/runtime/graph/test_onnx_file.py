from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from blink.runtime.graph import MalformedError, Tensor, read_model
from blink.runtime.graph.onnx_file import LARGEST_FILE, LARGEST_TENSOR
from tests import crafted


@pytest.mark.parametrize("precision", crafted.FILES)
def test_read_model_reads_what_onnx_reads_when_a_graph_is_sound(precision: str) -> None:
    expected = crafted.model(precision)

    found = read_model(expected.SerializeToString())

    assert found.ir_version == expected.ir_version
    assert found.opsets == {"": crafted.OPSET}
    assert found.metadata == {entry.key: entry.value for entry in expected.metadata_props}
    assert [node.op for node in found.nodes] == [node.op_type for node in expected.graph.node]
    for node, other in zip(found.nodes, expected.graph.node, strict=True):
        assert (node.inputs, node.outputs) == (tuple(other.input), tuple(other.output))
        given = {a.name: helper.get_attribute_value(a) for a in other.attribute}
        read = {k: list(v) if isinstance(v, tuple) else v for k, v in node.attributes.items()}
        assert read == given
    for tensor, stored in zip(found.tensors, expected.graph.initializer, strict=True):
        assert (tensor.name, tensor.kind) == (stored.name, stored.data_type)
        np.testing.assert_array_equal(tensor.values, numpy_helper.to_array(stored))
    assert [(p.name, p.kind, p.shape) for p in found.inputs] == [("crops", 2, (None, 1, 16, 16))]
    assert [(p.name, p.kind, p.shape) for p in found.outputs] == [("p_closed", 1, (None,))]


def one_tensor(tensor: TensorProto) -> Tensor:
    """The tensor, as it is read from a file that holds nothing else."""
    graph = helper.make_graph([], "g", [], [], [tensor])
    (found,) = read_model(helper.make_model(graph).SerializeToString()).tensors
    return found


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TensorProto.FLOAT, [0.5, -1.5]),
        (TensorProto.UINT8, [0, 255]),
        (TensorProto.INT8, [-128, 127]),
        (TensorProto.INT32, [-(1 << 31), 7]),
        (TensorProto.INT64, [-(1 << 63), (1 << 63) - 1]),
        (TensorProto.BOOL, [True, False]),
        (TensorProto.FLOAT16, [0.5, -65504.0]),
    ],
)
def test_read_model_reads_a_tensor_when_its_data_lie_in_a_list(
    kind: int, values: list[float]
) -> None:
    listed = helper.make_tensor("t", kind, [2], values)
    raw = numpy_helper.from_array(numpy_helper.to_array(listed), "t")

    assert not listed.HasField("raw_data")
    assert raw.HasField("raw_data")
    for tensor in (listed, raw):
        assert one_tensor(tensor).values.tolist() == values


def floats() -> TensorProto:
    return numpy_helper.from_array(np.zeros((2, 3), np.float32), "t")


BROKEN: dict[str, tuple[Callable[[TensorProto], object], str]] = {
    "external": (lambda t: setattr(t, "data_location", 1), "has external data"),
    "external entry": (lambda t: t.external_data.add(key="location"), "has external data"),
    "segment": (lambda t: t.segment.SetInParent(), "has a segment"),
    "texts": (lambda t: t.string_data.append(b"x"), "has texts"),
    "float64": (lambda t: setattr(t, "data_type", 11), "elements of type 11"),
    "texts by type": (lambda t: setattr(t, "data_type", 8), "elements of type 8"),
    "no type": (lambda t: t.ClearField("data_type"), "a tensor has no kind"),
    "too few bytes": (lambda t: setattr(t, "raw_data", bytes(23)), "23 bytes for 6 elements"),
    "two sources": (lambda t: t.float_data.append(1), "other data than 6 elements of float32"),
    "no data": (lambda t: t.ClearField("raw_data"), "other data than 6 elements of float32"),
    "zero": (lambda t: t.dims.append(0), "out of bounds"),
    "negative": (lambda t: t.dims.append(-1), "out of bounds"),
    "huge": (lambda t: t.dims.append(1 << 40), "out of bounds"),
    "overflow": (lambda t: t.dims.extend([1 << 21] * 3), r"elements; 4,194,304 are allowed"),
    "ranks": (lambda t: t.dims.extend([1] * 9), "out of bounds"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_read_model_refuses_when_a_tensor_is_not_as_it_has_to_be(case: str) -> None:
    change, message = BROKEN[case]
    tensor = floats()
    change(tensor)

    with pytest.raises(MalformedError, match=message):
        one_tensor(tensor)


def test_read_model_refuses_when_numbers_are_beyond_their_type() -> None:
    tensor = helper.make_tensor("t", TensorProto.UINT8, [1], [255])
    tensor.int32_data[0] = 256

    with pytest.raises(MalformedError, match="numbers beyond its type"):
        one_tensor(tensor)


def test_read_model_refuses_when_truth_is_more_than_one() -> None:
    tensor = numpy_helper.from_array(np.array([True]), "t")
    tensor.raw_data = b"\x02"

    with pytest.raises(MalformedError, match="truth values other than 0 and 1"):
        one_tensor(tensor)


def test_read_model_refuses_when_the_file_is_too_large() -> None:
    with pytest.raises(MalformedError, match="at most 67,108,864 are read"):
        read_model(bytes(LARGEST_FILE + 1))
    assert LARGEST_TENSOR * 4 < LARGEST_FILE


def test_read_model_refuses_when_it_is_in_onnx_runtimes_own_format() -> None:
    with pytest.raises(MalformedError, match="own format, which cannot be examined"):
        read_model(b"\x18\x00\x00\x00ORTM" + bytes(100))


@pytest.mark.parametrize("data", [b"", b"\x08\x08", b"no graph at all", bytes(100)])
def test_read_model_refuses_when_there_is_no_graph(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_model(data)


@pytest.mark.parametrize("numbers", [[1.0, 1.0], []])
def test_read_model_refuses_when_an_attribute_is_a_list_of_floats(numbers: list[float]) -> None:
    model: onnx.ModelProto = crafted.model("fp32")
    attribute = next(a for n in model.graph.node for a in n.attribute if len(a.ints))
    attribute.ClearField("ints")
    attribute.type = onnx.AttributeProto.FLOATS
    attribute.floats.extend(numbers)

    with pytest.raises(MalformedError, match=r"list of floats|not of the type that it says"):
        read_model(model.SerializeToString())


def test_read_model_refuses_when_attributes_are_not_of_their_type() -> None:
    model: onnx.ModelProto = crafted.model("fp32")
    attribute = model.graph.node[1].attribute[0]
    attribute.type = onnx.AttributeProto.INT

    with pytest.raises(MalformedError, match="is not of the type that it says"):
        read_model(model.SerializeToString())
