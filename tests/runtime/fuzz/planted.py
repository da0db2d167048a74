"""What nobody may put into a graph: each of these has to be refused, whatever its answers are."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Model = onnx.ModelProto
Plant = Callable[[Model, random.Random], object]

PATHS: Final = ("../../../etc/passwd", "/etc/passwd", "model.onnx", "weights.bin", "")
HUGE: Final = (0, -1, -7, 1 << 20, 1 << 31, 1 << 40, (1 << 62) + 1)


def weight(model: Model, rng: random.Random) -> TensorProto:
    """A tensor of the graph that is no single number."""
    found: TensorProto = rng.choice([t for t in model.graph.initializer if len(t.raw_data) > 8])
    return found


def node(model: Model, rng: random.Random, *ops: str) -> onnx.NodeProto:
    """A node of the graph, of some types where they are named."""
    found: onnx.NodeProto = rng.choice([n for n in model.graph.node if not ops or n.op_type in ops])
    return found


def insert(
    model: Model, rng: random.Random, op: str, extra: Sequence[Any] = (), **attributes: Any
) -> None:
    """Puts an operation between two others; constants that it takes become tensors."""
    at = rng.randrange(1, len(model.graph.node))
    before = model.graph.node[at - 1].output[0]
    names = []
    for value in extra:
        names.append(f"extra{len(model.graph.initializer)}")
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), names[-1]))
    domain = attributes.pop("domain", "")
    new = helper.make_node(op, [before, *names], ["inserted"], domain=domain, **attributes)
    for later in model.graph.node[at:]:
        later.input[:] = ["inserted" if name == before else name for name in later.input]
    if not any("inserted" in later.input for later in model.graph.node[at:]):
        model.graph.node[at].input[0] = "inserted"
    model.graph.node.insert(at, new)


def subgraph() -> onnx.GraphProto:
    """A graph of nothing much."""
    out = helper.make_tensor_value_info("branch", TensorProto.FLOAT, None)
    constant = helper.make_node("Constant", [], ["branch"], value_float=1.0)
    return helper.make_graph([constant], "branch", [], [out])


def external_data(model: Model, rng: random.Random) -> None:
    """A tensor whose data lie in another file."""
    tensor = weight(model, rng)
    if rng.random() < 0.7:
        tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", rng.choice(PATHS)), ("offset", "0"), ("length", "999999999")):
        tensor.external_data.add(key=key, value=value)
    if rng.random() < 0.5:
        tensor.ClearField("raw_data")


def custom_op(model: Model, rng: random.Random) -> None:
    """An operation of a foreign domain, or one of ONNX Runtime's own that is not on the list."""
    domain, op = rng.choice(
        [
            ("evil", "Custom"),
            ("ai.onnx.ml", "TreeEnsembleRegressor"),
            ("com.microsoft", "FusedConv"),
            ("com.microsoft", "PythonOp"),
            ("com.microsoft.nchwc", "Conv"),
            ("ai.onnx.contrib", "PyOp"),
        ]
    )
    insert(model, rng, op, domain=domain)
    model.opset_import.append(helper.make_opsetid(domain, 1))


def control_flow(model: Model, rng: random.Random) -> None:
    """A node that runs another graph."""
    op = rng.choice(["If", "Loop", "Scan", "SequenceMap", "Relu", "Conv"])
    insert(model, rng, op, body=subgraph(), then_branch=subgraph(), else_branch=subgraph())


def function(model: Model, rng: random.Random) -> None:
    """A function of the file's own, that stands in for a known operation."""
    name = rng.choice(["Relu", "Own"])
    domain = rng.choice(["", "own"])
    body = [helper.make_node("Identity", ["x"], ["y"])]
    opsets = [helper.make_opsetid("", 13)]
    model.functions.append(helper.make_function(domain, name, ["x"], ["y"], body, opsets))


def training(model: Model, rng: random.Random) -> None:
    """Graphs that are for training."""
    model.training_info.add().algorithm.CopyFrom(subgraph())


def sparse(model: Model, rng: random.Random) -> None:
    """A sparse tensor that stands for one of terabytes."""
    values = numpy_helper.from_array(np.ones(1, np.float32), "sparse")
    places = numpy_helper.from_array(np.zeros(1, np.int64), "places")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [1 << 40]))


def bomb(model: Model, rng: random.Random) -> None:
    """An operation that makes something huge out of a few numbers."""
    size = rng.choice([1 << 20, 1 << 33, 1 << 45, (1 << 63) - 1])
    shape = np.array([size], np.int64)
    choices: list[Callable[[], object]] = [
        lambda: insert(model, rng, "Expand", [shape]),
        lambda: insert(model, rng, "Tile", [np.array([1, size], np.int64)]),
        lambda: insert(model, rng, "Reshape", [shape]),
        lambda: insert(model, rng, "Pad", [np.array([size] * 8, np.int64)]),
        lambda: insert(
            model, rng, "Resize", [np.zeros(0, "<f4"), np.array([1, 1, 1e6, 1e6], "<f4")]
        ),
        lambda: insert(model, rng, "OneHot", [np.int64(size), np.array([0, 1], "<f4")]),
        lambda: insert(model, rng, "ConstantOfShape"),
        lambda: insert(model, rng, "RandomNormalLike"),
        lambda: insert(model, rng, "NonZero"),
        lambda: insert(model, rng, "Gather", [np.array([size], np.int64)]),
        lambda: insert(model, rng, "Slice", [shape * 0, shape, shape * 0, shape * 0]),
    ]
    rng.choice(choices)()


def doubling(model: Model, rng: random.Random) -> None:
    """A value that is put behind itself until it fills the memory."""
    name = rng.choice(["c1", "logits", "x"])
    at = next(n for n, node in enumerate(model.graph.node) if name in node.output) + 1
    last = name
    for number in range(rng.choice([24, 30, 45])):
        new = helper.make_node("Concat", [last, last], [f"double{number}"], axis=1)
        model.graph.node.insert(at + number, new)
        last = new.output[0]


def outer(model: Model, rng: random.Random) -> None:
    """Every crop of a batch with every other: it grows with the square of the batch."""
    at = len(model.graph.node)
    last = numpy_helper.from_array(np.array([1], np.int64), "second")
    model.graph.initializer.append(last)
    column = helper.make_node("Unsqueeze", ["p_closed", "second"], ["column"])
    square = helper.make_node(rng.choice(["Mul", "Add", "Max"]), ["column", "p_closed"], ["square"])
    model.graph.node.insert(at, column)
    model.graph.node.insert(at + 1, square)


def absurd_window(model: Model, rng: random.Random) -> None:
    """A convolution whose attributes are out of every bound."""
    found = node(model, rng, "Conv")
    name = rng.choice(["strides", "dilations", "pads", "kernel_shape", "group"])
    value: Any = rng.choice(HUGE)
    if name == "pads":
        value = rng.choice([-1, -7, 1 << 20, 1 << 40])
    if name != "group":
        value = [rng.choice([1, value]), value] * (2 if name == "pads" else 1)
    kept = [a for a in found.attribute if a.name != name]
    del found.attribute[:]
    found.attribute.extend([*kept, helper.make_attribute(name, value)])


def huge_tensor(model: Model, rng: random.Random) -> None:
    """A tensor that says to be larger than its data."""
    tensor = weight(model, rng)
    tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(HUGE)
    if rng.random() < 0.3:
        tensor.dims.extend([1 << 30] * rng.randrange(1, 12))


def wrong_bytes(model: Model, rng: random.Random) -> None:
    """A tensor with more or fewer bytes than its shape needs."""
    tensor = weight(model, rng)
    tensor.raw_data = rng.choice([tensor.raw_data[:-1], tensor.raw_data + b"\0", b""])


def other_ports(model: Model, rng: random.Random) -> None:
    """Another input or output than the contract has."""
    graph = model.graph
    shape = graph.input[0].type.tensor_type.shape
    choices: list[Callable[[], object]] = [
        lambda: setattr(shape.dim[rng.randrange(1, 4)], "dim_value", rng.choice([3, 224, -1])),
        lambda: setattr(shape.dim[0], "dim_value", 4),
        lambda: shape.dim.add(dim_value=1),
        lambda: setattr(graph.input[0].type.tensor_type, "elem_type", rng.choice([1, 3, 8])),
        lambda: graph.input.append(graph.output[0]),
        lambda: graph.input.add(
            name="key", type=helper.make_tensor_type_proto(TensorProto.STRING, [1])
        ),
        lambda: graph.output.append(helper.make_tensor_value_info("c1", 1, ["batch"])),
        graph.output.pop,
        graph.input.pop,
        lambda: graph.output[0].type.tensor_type.shape.dim.add(dim_value=1),
    ]
    rng.choice(choices)()


def cycle(model: Model, rng: random.Random) -> None:
    """A node that takes what is made after it, or by itself, or by nobody."""
    at = rng.randrange(len(model.graph.node) - 1)
    found = model.graph.node[at]
    later = model.graph.node[rng.randrange(at, len(model.graph.node))].output[0]
    if not found.input:
        found.input.append("")
    found.input[rng.randrange(len(found.input))] = rng.choice([later, "nobody"])


def twice(model: Model, rng: random.Random) -> None:
    """Two values of one name."""
    choices: list[Callable[[], object]] = [
        lambda: model.graph.initializer.append(model.graph.initializer[0]),
        lambda: model.graph.node.append(node(model, rng)),
        lambda: setattr(weight(model, rng), "name", "crops"),
        lambda: model.graph.node[0].output.append("p_closed"),
    ]
    rng.choice(choices)()


def other_words(model: Model, rng: random.Random) -> None:
    """Metadata that say something else than bundle.json, or something to ONNX Runtime."""
    entry = rng.choice(model.metadata_props)
    choices: list[Callable[[], object]] = [
        lambda: setattr(entry, "value", rng.choice(["{}", "null", "[", '"other"', "1e999"])),
        lambda: setattr(entry, "key", "blink.other"),
        lambda: model.metadata_props.add(key="ort_config", value='{"session_options": {}}'),
        lambda: model.metadata_props.add(key=entry.key, value='"other"'),
    ]
    rng.choice(choices)()


def bad_scale(model: Model, rng: random.Random) -> None:
    """A quantisation step of nothing, less than nothing, or no number."""
    step = rng.choice([0.0, -1.0, float("nan"), float("inf")])
    name = rng.choice(
        [
            n.input[1]
            for n in model.graph.node
            if "Quantize" in n.op_type or "Dequantize" in n.op_type
        ]
    )
    tensor = next(t for t in model.graph.initializer if t.name == name)
    values = numpy_helper.to_array(tensor).copy()
    values.reshape(-1)[0] = step
    tensor.CopyFrom(numpy_helper.from_array(values, name))


def whole_division(model: Model, rng: random.Random) -> None:
    """A division of whole numbers by zero, which stops the process on many CPUs."""
    for name, value in (("one", 1), ("none", 0)):
        model.graph.initializer.append(numpy_helper.from_array(np.array([value], np.int32), name))
    model.graph.node.insert(
        0, helper.make_node(rng.choice(["Div", "Mod"]), ["one", "none"], ["nothing"])
    )


def false_shape(model: Model, rng: random.Random) -> None:
    """A value that is declared as something that it is not."""
    name = rng.choice(model.graph.node).output[0]
    shapes: list[list[str | int | None]] = [[1 << 40], ["batch", 1 << 20, 3], [9] * 6]
    shape = rng.choice(shapes)
    kind = rng.choice([TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING])
    model.graph.value_info.append(helper.make_tensor_value_info(name, kind, shape))


def foreign_attribute(model: Model, rng: random.Random) -> None:
    """An attribute that the operation has not, refers to elsewhere, or carries a tensor."""
    found = node(model, rng)
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "t")
    values = [1, [1, 2], 0.5, "text", tensor, [tensor], ["a", "b"]]
    attribute = helper.make_attribute("foreign", rng.choice(values))
    if rng.random() < 0.3:
        attribute.ref_attr_name = "elsewhere"
    found.attribute.append(attribute)


def list_of_floats(model: Model, rng: random.Random) -> None:
    """A list of whole numbers that comes as one of floats: a shape, a window or an order."""
    insert(model, rng, "Transpose", perm=[0, 1, 2, 3])
    lists = [a for n in model.graph.node for a in n.attribute if len(a.ints)]
    found = rng.choice([lists[-1], *lists])
    numbers = [float(number) for number in found.ints]
    found.CopyFrom(helper.make_attribute(found.name, numbers))


PLANTS: Final[tuple[Plant, ...]] = (
    external_data, custom_op, control_flow, function, training, sparse, bomb, doubling, outer,
    absurd_window, huge_tensor, wrong_bytes, other_ports, cycle, twice, other_words, bad_scale,
    whole_division, false_shape, foreign_attribute, list_of_floats,
)  # fmt: skip
