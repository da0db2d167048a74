"""Changes of a graph that may do harm or not: refused, or it answers as before."""

import random
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]
from onnx import helper, numpy_helper

from tests.runtime.fuzz.planted import insert, node, weight

Drift = Callable[[onnx.ModelProto, random.Random], object]

INTS: Final = (0, 1, 2, 3, 4, 7, 8, 9, 10, 13, 16, 18, 255, 1 << 31, -1, -2, 1 << 40, -(1 << 63))
FLOATS: Final = (0.0, 1.0, -1.0, 1e-30, 1e30, float("inf"), float("nan"))
TEXTS: Final = (b"", b"crops", b"p_closed", b"x", b"c1", b"w1", b"ai.onnx", b"\xff", b"a" * 5000)
OPS: Final = [
    *("Relu", "Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Floor", "Abs", "Neg", "Sign", "Identity"),
    *("Add", "Mul", "Div", "Pow", "Max", "Where", "Cast", "ReduceSum", "ReduceMax", "Clip"),
    *("Flatten", "Transpose", "Concat", "Slice", "Gather", "Conv", "MaxPool", "AveragePool"),
    *("GlobalAveragePool", "Gemm", "MatMul", "BatchNormalization", "QuantizeLinear"),
    *("DequantizeLinear", "QLinearConv"),
]


def weights(model: onnx.ModelProto, rng: random.Random) -> None:
    """Numbers of a tensor, a little or altogether."""
    tensor = weight(model, rng)
    values = numpy_helper.to_array(tensor).copy()
    flat = values.reshape(-1)
    places = [rng.randrange(len(flat)) for _ in range(rng.choice([1, 1, 3, len(flat)]))]
    for place in places:
        if values.dtype.kind == "f":
            flat[place] += rng.choice([1e-7, 1e-3, 0.5, 1e3, float("nan"), float("inf")])
        else:
            flat[place] ^= rng.choice([1, 2, 64])
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def any_field(model: onnx.ModelProto, rng: random.Random) -> None:
    """Any field of any message of the file, whether it is there or not."""
    messages = list(_messages(model))
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        message = rng.choice(messages)
        _change(message, rng.choice(message.DESCRIPTOR.fields), rng)


def _messages(message: Message) -> list[Message]:
    """The message and all within it."""
    found = [message]
    for field, value in message.ListFields():
        if field.message_type is not None:
            inner = value if field.is_repeated else [value]
            for one in inner:
                found += _messages(one)
    return found


def _change(message: Message, field: FieldDescriptor, rng: random.Random) -> None:
    value: Any = getattr(message, field.name)
    if field.is_repeated:
        _change_list(value, field, rng)
    elif field.message_type is not None:
        rng.choice([value.SetInParent, lambda: message.ClearField(field.name)])()
    elif rng.random() < 0.2:
        message.ClearField(field.name)
    else:
        setattr(message, field.name, _scalar(field, value, rng))


def _change_list(values: Any, field: FieldDescriptor, rng: random.Random) -> None:
    choice = rng.random()
    if len(values) and choice < 0.3:
        del values[rng.randrange(len(values))]
    elif len(values) and choice < 0.5:
        values.append(values[rng.randrange(len(values))])
    elif field.message_type is not None:
        values.add()
    elif len(values) and choice < 0.85:
        at = rng.randrange(len(values))
        values[at] = _scalar(field, values[at], rng)
    else:
        values.append(_scalar(field, None, rng))


def _scalar(field: FieldDescriptor, old: Any, rng: random.Random) -> Any:
    kind = field.cpp_type
    if kind in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return rng.choice(FLOATS)
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    if kind == FieldDescriptor.CPPTYPE_STRING:
        text = rng.choice(TEXTS)
        if field.type == FieldDescriptor.TYPE_STRING:
            return text.decode(errors="replace")
        return rng.choice([text, (old or b"")[:-1], (old or b"") + b"\x01"])
    small = kind in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32)
    low, high = (-(1 << 31), 1 << 31) if small else (-(1 << 63), 1 << 63)
    if kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64):
        low = 0
    wanted = [number for number in INTS if low <= number < high]
    near = [(old or 0) + step for step in (-1, 1) if low <= (old or 0) + step < high]
    return rng.choice(wanted + near)


def attribute(model: onnx.ModelProto, rng: random.Random) -> None:
    """An attribute's numbers."""
    found = rng.choice([n for n in model.graph.node if n.attribute])
    one = rng.choice(found.attribute)
    if one.ints:
        one.ints[rng.randrange(len(one.ints))] = rng.choice(INTS)
    else:
        one.i = rng.choice(INTS)


def inputs(model: onnx.ModelProto, rng: random.Random) -> None:
    """What a node takes: something else, in another order, more, or less."""
    found = rng.choice([n for n in model.graph.node if n.input])
    names = [t.name for t in model.graph.initializer] + ["crops", ""]
    names += [n.output[0] for n in model.graph.node if n.output]
    at = rng.randrange(len(found.input))
    choices: list[Callable[[], object]] = [
        lambda: found.input.__setitem__(at, rng.choice(names)),
        found.input.reverse,
        lambda: found.input.append(rng.choice(names)),
        found.input.pop,
    ]
    rng.choice(choices)()


def nodes(model: onnx.ModelProto, rng: random.Random) -> None:
    """A node that is lost, moved, doubled, or of another type."""
    graph = model.graph
    at = rng.randrange(len(graph.node))
    kept = onnx.NodeProto()
    kept.CopyFrom(graph.node[at])
    choice = rng.randrange(4)
    if choice == 0:
        del graph.node[at]
    elif choice == 1:
        del graph.node[at]
        graph.node.insert(rng.randrange(len(graph.node) + 1), kept)
    elif choice == 2:
        kept.output[0] = "doubled"
        graph.node.insert(at + 1, kept)
    else:
        graph.node[at].op_type = rng.choice(OPS)


def operation(model: onnx.ModelProto, rng: random.Random) -> None:
    """An operation of the list between two others, with what it may take or not."""
    extras: list[list[Any]] = [[], [], [np.float32(1)], [np.float32(0)], [np.array([0])]]
    extras += [[np.array([-1])], [np.float32(0.1), np.uint8(3)], [np.ones(8, np.float32)]]
    attributes: list[dict[str, Any]] = [{}, {}, {"axis": rng.choice(INTS)}, {"to": 6}, {"to": 10}]
    attributes += [{"kernel_shape": [2, 2]}, {"kernel_shape": [2, 2], "strides": [0, 1]}]
    attributes += [{"perm": [1, 0]}, {"axes": [1], "keepdims": 1}]
    insert(model, rng, rng.choice(OPS), rng.choice(extras), **rng.choice(attributes))


def kinds(model: onnx.ModelProto, rng: random.Random) -> None:
    """A tensor of another element type or another shape over the same bytes."""
    tensor = weight(model, rng)
    choice = rng.randrange(3)
    if choice == 0:
        tensor.data_type = rng.choice(range(17))
    elif choice == 1:
        dims = list(tensor.dims)
        rng.shuffle(dims)
        tensor.dims[:] = dims
    else:
        tensor.dims[:] = [int(np.prod(tensor.dims))]


def words(model: onnx.ModelProto, rng: random.Random) -> None:
    """Names and notes that mean nothing."""
    choices: list[Callable[[], object]] = [
        lambda: setattr(model, "producer_name", "somebody"),
        lambda: setattr(model, "doc_string", "?" * rng.randrange(3000)),
        lambda: setattr(model.graph, "name", ""),
        lambda: setattr(node(model, rng), "name", rng.choice(["", "same", "net/001"])),
        lambda: setattr(node(model, rng), "doc_string", "../.."),
        lambda: setattr(model, "ir_version", rng.choice([0, 3, 4, 7, 9, 10, 14, 99])),
        lambda: setattr(model.opset_import[0], "version", rng.randrange(30)),
        lambda: setattr(model.opset_import[0], "domain", "ai.onnx"),
        lambda: model.opset_import.append(helper.make_opsetid("com.microsoft", 1)),
        lambda: setattr(model, "model_version", rng.choice(INTS)),
    ]
    rng.choice(choices)()


def rename(model: onnx.ModelProto, rng: random.Random) -> None:
    """A value of another name, everywhere."""
    old = rng.choice([n.output[0] for n in model.graph.node[:-1]])
    new = rng.choice(["renamed", "../up", "é", "a b", "w" * 400, "w" * 600, "crops", "r1", "\0"])
    for one in model.graph.node:
        one.input[:] = [new if name == old else name for name in one.input]
        one.output[:] = [new if name == old else name for name in one.output]


DRIFTS: Final[tuple[Drift, ...]] = (
    weights, any_field, any_field, any_field, attribute, inputs, nodes, operation, operation, kinds,
    words, rename,
)  # fmt: skip
