"""Layers that compute: convolutions, pools, products, norms; in floats and in eight bits."""

import math

import numpy as np

from blink.runtime.graph.layouts import behind
from blink.runtime.graph.onnx_file import FLOAT, INT8, INT32, UINT8, Node
from blink.runtime.graph.shapes import (
    FLOATS,
    Inputs,
    Value,
    axis,
    broadcast,
    flag,
    given,
    need,
    of_floats,
    optional,
    window,
)

_BYTES = (UINT8, INT8)


def convolved(node: Node, inputs: Inputs) -> Value:
    """A convolution of pictures, in floats."""
    value, weight, bias = given(inputs, 0), given(inputs, 1), optional(inputs, 2)
    of_floats(value)
    need(weight.kind == value.kind, "mixes element types")
    need(bias is None or bias.kind == value.kind, "mixes element types")
    return _convolution(node, value, weight, bias, value.kind)


def _convolution(node: Node, value: Value, weight: Value, bias: Value | None, kind: int) -> Value:
    need(len(value.shape) == len(weight.shape) == 4, "takes pictures alone")
    batch, channels = value.shape[:2]
    width, depth = weight.shape[:2]
    group = node.attributes.get("group", 1)
    need(1 <= group <= channels, f"has {group} groups of {channels} channels")
    need(channels == depth * group and width % group == 0, "has a kernel for other channels")
    kernel = weight.shape[2:]
    need(node.attributes.get("kernel_shape", kernel) == kernel, "has a kernel of another shape")
    need(bias is None or bias.shape == (width,), "has a bias of another width")
    shape = (batch, width, *window(node, value.shape[2:], kernel))
    return Value(kind, shape, work=math.prod(shape) * depth * math.prod(kernel))


def pooled(node: Node, inputs: Inputs) -> Value:
    """The mean or the largest under a window."""
    value = given(inputs, 0)
    need(len(value.shape) == 4, "takes pictures alone")
    flag(node.attributes, "count_include_pad")
    kernel = node.attributes.get("kernel_shape", ())
    shape = (*value.shape[:2], *window(node, value.shape[2:], kernel))
    return Value(value.kind, shape, work=math.prod(shape) * math.prod(kernel))


def averaged(node: Node, inputs: Inputs) -> Value:
    """As `pooled`, of floats."""
    of_floats(given(inputs, 0))
    return pooled(node, inputs)


def largest(node: Node, inputs: Inputs) -> Value:
    """As `pooled`, of floats or of eight bits."""
    need(given(inputs, 0).kind in (*FLOATS, *_BYTES), "takes floats or eight bits alone")
    need(not node.attributes.get("storage_order", 0), "counts along columns")
    return pooled(node, inputs)


def pooled_whole(node: Node, inputs: Inputs) -> Value:
    """One number for each channel."""
    value = given(inputs, 0)
    need(len(value.shape) == 4, "takes pictures alone")
    return Value(value.kind, (*value.shape[:2], 1, 1), work=math.prod(value.shape))


def averaged_whole(node: Node, inputs: Inputs) -> Value:
    """As `pooled_whole`, of floats."""
    of_floats(given(inputs, 0))
    return pooled_whole(node, inputs)


def connected(node: Node, inputs: Inputs) -> Value:
    """Gemm: rows times columns, and a bias."""
    first, second, bias = given(inputs, 0), given(inputs, 1), optional(inputs, 2)
    of_floats(first)
    need(second.kind == first.kind, "mixes element types")
    need(bias is None or bias.kind == first.kind, "mixes element types")
    return Value(first.kind, *_rows_times_columns(node, first, second, bias))


def _rows_times_columns(
    node: Node, first: Value, second: Value, bias: Value | None
) -> tuple[tuple[int, ...], None, int]:
    need(len(first.shape) == len(second.shape) == 2, "takes matrices alone")
    rows, depth = first.shape[::-1] if flag(node.attributes, "transA") else first.shape
    deep, columns = second.shape[::-1] if flag(node.attributes, "transB") else second.shape
    need(depth == deep, "has matrices that do not fit")
    if bias is not None:
        need(broadcast(bias.shape, (rows, columns)) == (rows, columns), "has a bias too large")
    return (rows, columns), None, rows * depth * columns


def multiplied(node: Node, inputs: Inputs) -> Value:
    """MatMul: products of matrices, as numpy has them."""
    first, second = given(inputs, 0), given(inputs, 1)
    of_floats(first)
    need(second.kind == first.kind, "mixes element types")
    return _product(first, second, first.kind)


def _product(first: Value, second: Value, kind: int) -> Value:
    need(min(len(first.shape), len(second.shape)) >= 2, "takes matrices alone")
    need(first.shape[-1] == second.shape[-2], "has matrices that do not fit")
    outer = broadcast(first.shape[:-2], second.shape[:-2])
    shape = (*outer, first.shape[-2], second.shape[-1])
    return Value(kind, shape, work=math.prod(shape) * first.shape[-1])


def normalised(node: Node, inputs: Inputs) -> Value:
    """Batch or instance norm: further inputs have one number for each channel."""
    value = of_floats(given(inputs, 0))
    need(len(value.shape) >= 2, "takes channels alone")
    for number in range(1, len(inputs)):
        other = of_floats(given(inputs, number))
        need(other.shape == value.shape[1:2], "has parameters for other channels")
    need(not node.attributes.get("training_mode", 0), "trains")
    return Value(value.kind, value.shape)


def quantised(node: Node, inputs: Inputs) -> Value:
    """Floats to eight bits."""
    value, scale, zero = of_floats(given(inputs, 0)), given(inputs, 1), optional(inputs, 2)
    kind = UINT8 if zero is None else zero.kind
    need(kind in _BYTES, "quantises to other than eight bits")
    _along(node, value, scale, zero)
    return Value(kind, value.shape)


def dequantised(node: Node, inputs: Inputs) -> Value:
    """Eight bits, or 32 of a bias, to floats."""
    value, scale, zero = given(inputs, 0), given(inputs, 1), optional(inputs, 2)
    need(value.kind in (*_BYTES, INT32), "takes whole numbers of 8 or 32 bits alone")
    need(zero is None or zero.kind == value.kind, "mixes element types")
    _along(node, value, scale, zero)
    return Value(scale.kind, value.shape)


def _along(node: Node, value: Value, scale: Value, zero: Value | None) -> None:
    """One scale for all, or one for each along an axis."""
    need(scale.kind in FLOATS and scale.tensor is not None, "has a scale that is no constant")
    need(zero is None or zero.tensor is not None, "has a zero point that is no constant")
    need(zero is None or zero.shape == scale.shape, "has another shape of scale and zero point")
    if scale.shape not in ((), (1,)):
        along = axis(node.attributes.get("axis", 1), len(value.shape))
        need(scale.shape == value.shape[along : along + 1], "has scales for other channels")
    _above_zero(scale)


def _above_zero(scale: Value) -> None:
    if scale.tensor is not None:
        numbers = scale.tensor.values
        need(bool((np.isfinite(numbers) & (numbers > 0)).all()), "has a scale that is not above 0")


def convolved_in_bytes(node: Node, inputs: Inputs) -> Value:
    """QLinearConv: input, weight and output each with scale and zero point; a bias."""
    value, weight, bias = given(inputs, 0), given(inputs, 3), optional(inputs, 8)
    _whole(inputs, value, 1)
    _whole(inputs, Value(given(inputs, 7).kind, ()), 6)
    _each(inputs, weight, 4, weight.shape[:1])
    need(bias is None or bias.kind == INT32, "has a bias of other than 32 bits")
    return _convolution(node, value, weight, bias, given(inputs, 7).kind)


def multiplied_in_bytes(node: Node, inputs: Inputs) -> Value:
    """QLinearMatMul: both factors and the output each with scale and zero point."""
    first, second = given(inputs, 0), given(inputs, 3)
    kind = given(inputs, 7).kind
    _whole(inputs, first, 1)
    _each(inputs, second, 4, second.shape[-1:])
    _whole(inputs, Value(kind, ()), 6)
    return _product(first, second, kind)


def connected_in_bytes(node: Node, inputs: Inputs) -> Value:
    """QGemm: both factors with scale and zero point, a bias, scale and zero point of the output."""
    first, second, bias = given(inputs, 0), given(inputs, 3), optional(inputs, 6)
    _whole(inputs, first, 1)
    columns = second.shape[:1] if flag(node.attributes, "transB") else second.shape[1:2]
    _each(inputs, second, 4, columns)
    need(bias is None or bias.kind == INT32, "has a bias of other than 32 bits")
    kind = FLOAT
    if optional(inputs, 7) is not None or optional(inputs, 8) is not None:
        kind = given(inputs, 8).kind
        _whole(inputs, Value(kind, ()), 7)
    return Value(kind, *_rows_times_columns(node, first, second, bias))


def one_in_bytes(node: Node, inputs: Inputs) -> Value:
    """An activation in eight bits: input and output with scale and zero point."""
    value = given(inputs, 0)
    _whole(inputs, value, 1)
    _whole(inputs, value, 3)
    return Value(value.kind, value.shape)


def pooled_in_bytes(node: Node, inputs: Inputs) -> Value:
    """A mean over each channel in eight bits."""
    need(not node.attributes.get("channels_last", 0), "has channels last")
    one_in_bytes(node, inputs)
    return pooled_whole(node, inputs[:1])


def two_in_bytes(node: Node, inputs: Inputs) -> Value:
    """A sum or product in eight bits: both inputs and the output with scale and zero point."""
    first, second = given(inputs, 0), given(inputs, 3)
    _whole(inputs, first, 1)
    _whole(inputs, second, 4)
    _whole(inputs, first, 6)
    need(first.kind == second.kind, "mixes element types")
    return Value(first.kind, broadcast(first.shape, second.shape))


def joined_in_bytes(node: Node, inputs: Inputs) -> Value:
    """One behind the other: scale and zero point of the output, then those of each input."""
    need(len(inputs) % 3 == 2, "lacks inputs")
    values = [given(inputs, number) for number in range(2, len(inputs), 3)]
    _whole(inputs, values[0], 0)
    for number, value in zip(range(2, len(inputs), 3), values, strict=True):
        _whole(inputs, value, number + 1)
    return Value(values[0].kind, behind(node, values))


def _whole(inputs: Inputs, value: Value, number: int) -> None:
    """One scale at an input, and at the next the zero point of a value's own type."""
    _each(inputs, value, number, (1,))


def _each(inputs: Inputs, value: Value, number: int, width: tuple[int, ...]) -> None:
    scale, zero = given(inputs, number), given(inputs, number + 1)
    need(value.kind in _BYTES, "takes eight bits alone")
    need(scale.kind == FLOAT and zero.kind == value.kind, "has a scale or zero point of other type")
    need(scale.tensor is not None and zero.tensor is not None, "has a scale that is no constant")
    shapes = ((), (1,), width)
    need(scale.shape in shapes and zero.shape in shapes, "has scales for other channels")
    _above_zero(scale)
