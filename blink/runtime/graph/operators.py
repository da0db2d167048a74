"""The closed list of operations that a bundle's graph may have.

It holds what Blink's nets and heuristics are exported to, in floats and in eight bits, and the near
relatives that a plain convolutional net is likely to be made of. Not on it: what runs other graphs
(If, Loop, Scan, SequenceMap), what makes tensors of a size that is computed (Expand, Tile, Range,
ConstantOfShape, Resize, Pad, NonZero), what is random, and every domain but ONNX's own, of
ONNX Runtime's `com.microsoft` a few operations in eight bits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from blink.runtime.graph import layers, layouts, shapes
from blink.runtime.graph.onnx_file import Node, Tensor
from blink.runtime.graph.protobuf import MalformedError
from blink.runtime.graph.shapes import Inputs, Value

Rule = Callable[[Node, Inputs], Value]

_INT: Final = (int,)
_FLOAT: Final = (float,)
_TEXT: Final = (str,)
_INTS: Final = (tuple,)
_WINDOW: Final = {
    "auto_pad": _TEXT,
    "dilations": _INTS,
    "kernel_shape": _INTS,
    "pads": _INTS,
    "strides": _INTS,
}
_REDUCTION: Final = {"axes": _INTS, "keepdims": _INT, "noop_with_empty_axes": _INT}
_GEMM: Final = {"alpha": _FLOAT, "beta": _FLOAT, "transA": _INT, "transB": _INT}


@dataclass(frozen=True, slots=True)
class Operator:
    """An operation: its rule, inputs, attributes with their types, and how many outputs at most."""

    rule: Rule
    least: int
    most: int
    attributes: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    outputs: int = 1


def _each(names: str, operator: Operator) -> dict[tuple[str, str], Operator]:
    return {("", name): operator for name in names.split()}


def _microsoft(names: str, operator: Operator) -> dict[tuple[str, str], Operator]:
    return {("com.microsoft", name): operator for name in names.split()}


OPERATORS: Final[Mapping[tuple[str, str], Operator]] = (
    _each(
        "Relu Sigmoid Tanh Log Exp Sqrt Reciprocal Floor Ceil Round HardSwish Softplus",
        Operator(shapes.of_float, 1, 1),
    )
    | _each("Abs Neg Sign Identity", Operator(shapes.same, 1, 1))
    | _each("LeakyRelu Elu", Operator(shapes.of_float, 1, 1, {"alpha": _FLOAT}))
    | _each("HardSigmoid", Operator(shapes.of_float, 1, 1, {"alpha": _FLOAT, "beta": _FLOAT}))
    | _each("Clip", Operator(shapes.of_float, 1, 3, {"min": _FLOAT, "max": _FLOAT}))
    | _each("Not", Operator(shapes.negation, 1, 1))
    | _each("Add Sub Mul Div Pow", Operator(shapes.stretched, 2, 2))
    | _each("Min Max Sum Mean", Operator(shapes.stretched, 1, 64))
    | _each("PRelu", Operator(shapes.stretched, 2, 2))
    | _each("Greater GreaterOrEqual Less LessOrEqual Equal", Operator(shapes.compared, 2, 2))
    | _each("And Or Xor", Operator(shapes.logical, 2, 2))
    | _each("Where", Operator(shapes.chosen, 3, 3))
    | _each("Cast", Operator(shapes.cast, 1, 1, {"to": _INT}))
    | _each("Constant", Operator(shapes.constant, 0, 0, {"value": (Tensor,)}))
    | _each("ReduceMean ReduceSum ReduceMax ReduceMin", Operator(shapes.reduced, 1, 2, _REDUCTION))
    | _each("Reshape", Operator(layouts.reshaped, 2, 2, {"allowzero": _INT}))
    | _each("Flatten", Operator(layouts.flattened, 1, 1, {"axis": _INT}))
    | _each("Squeeze", Operator(layouts.squeezed, 1, 2, {"axes": _INTS}))
    | _each("Unsqueeze", Operator(layouts.unsqueezed, 1, 2, {"axes": _INTS}))
    | _each("Transpose", Operator(layouts.transposed, 1, 1, {"perm": _INTS}))
    | _each("Concat", Operator(layouts.joined, 1, 64, {"axis": _INT}))
    | _each("Split", Operator(layouts.divided, 1, 1, {"axis": _INT, "num_outputs": _INT}, 64))
    | _each("Slice", Operator(layouts.sliced, 3, 5))
    | _each("Gather", Operator(layouts.gathered, 2, 2, {"axis": _INT}))
    | _each("Conv", Operator(layers.convolved, 2, 3, _WINDOW | {"group": _INT}))
    | _each(
        "MaxPool",
        Operator(layers.largest, 1, 1, _WINDOW | {"ceil_mode": _INT, "storage_order": _INT}),
    )
    | _each(
        "AveragePool",
        Operator(layers.averaged, 1, 1, _WINDOW | {"ceil_mode": _INT, "count_include_pad": _INT}),
    )
    | _each("GlobalAveragePool GlobalMaxPool", Operator(layers.averaged_whole, 1, 1))
    | _each("Gemm", Operator(layers.connected, 2, 3, _GEMM))
    | _each("MatMul", Operator(layers.multiplied, 2, 2))
    | _each("InstanceNormalization", Operator(layers.normalised, 3, 3, {"epsilon": _FLOAT}))
    | _each(
        "BatchNormalization",
        Operator(
            layers.normalised,
            5,
            5,
            {"epsilon": _FLOAT, "momentum": _FLOAT, "training_mode": _INT},
        ),
    )
    | _each("QuantizeLinear", Operator(layers.quantised, 2, 3, {"axis": _INT}))
    | _each("DequantizeLinear", Operator(layers.dequantised, 2, 3, {"axis": _INT}))
    | _each("QLinearConv", Operator(layers.convolved_in_bytes, 8, 9, _WINDOW | {"group": _INT}))
    | _each("QLinearMatMul", Operator(layers.multiplied_in_bytes, 8, 8))
    | _microsoft("QLinearAdd QLinearMul", Operator(layers.two_in_bytes, 8, 8))
    | _microsoft(
        "QLinearGlobalAveragePool",
        Operator(layers.pooled_in_bytes, 5, 5, {"channels_last": _INT}),
    )
    | _microsoft("QLinearSigmoid", Operator(layers.one_in_bytes, 5, 5))
    | _microsoft("QLinearLeakyRelu", Operator(layers.one_in_bytes, 5, 5, {"alpha": _FLOAT}))
    | _microsoft("QLinearConcat", Operator(layers.joined_in_bytes, 5, 191, {"axis": _INT}))
    | _microsoft(
        "QGemm",
        Operator(
            layers.connected_in_bytes, 6, 9, {"alpha": _FLOAT, "transA": _INT, "transB": _INT}
        ),
    )
)
"""(Domain, name) → operation."""


def outcome(node: Node, inputs: Inputs) -> Value:
    """What a node gives, once for each of its outputs: they are alike.

    Raises:
        MalformedError: The operation is not on the list, or not used as it has to be.
    """
    operator = OPERATORS.get((node.domain, node.op))
    if operator is None:
        whose = f" of domain {node.domain[:60]!r}" if node.domain else ""
        raise MalformedError(f"{node.op[:60]!r}{whose} is no operation that a bundle may have")
    if not operator.least <= len(inputs) <= operator.most:
        raise MalformedError(f"has {len(inputs)} inputs")
    if not 1 <= len(node.outputs) <= operator.outputs:
        raise MalformedError(f"has {len(node.outputs)} outputs")
    for name, value in node.attributes.items():
        if not isinstance(value, operator.attributes.get(name, ())):
            raise MalformedError(f"has an attribute {name[:60]!r} that it may not have")
    return operator.rule(node, inputs)
