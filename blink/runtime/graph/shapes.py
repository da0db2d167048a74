"""What comes out of each operation: element type, shape, and how much work it is.

A graph is followed once on paper before ONNX Runtime sees it, so that no constant in it can make
something huge, divide by zero or reach beyond an array. Whatever is not fully known on paper is
refused. Source of the rules: ONNX's operator documentation, opsets 11 to 26.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from blink.runtime.graph.onnx_file import BOOL, FLOAT, FLOAT16, INT32, INT64, Node, Tensor
from blink.runtime.graph.protobuf import MalformedError

FLOATS: Final = (FLOAT, FLOAT16)
_LARGEST_PARAMETER: Final = 256
"""Pads, strides, dilations and kernels are no larger than a picture."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value on paper.

    Attributes:
        kind: Element type.
        shape: Its shape, for the batch size at hand.
        tensor: The constant that it is, if it is one.
        work: Multiplications that make it, where they are more than its elements.
    """

    kind: int
    shape: tuple[int, ...]
    tensor: Tensor | None = None
    work: int = 0


Inputs = Sequence[Value | None]


def need(condition: bool, fault: str) -> None:
    """Refuses.

    Raises:
        MalformedError: The condition does not hold.
    """
    if not condition:
        raise MalformedError(fault)


def given(inputs: Inputs, number: int) -> Value:
    """An input that has to be there.

    Raises:
        MalformedError: It is left out.
    """
    value = inputs[number] if number < len(inputs) else None
    if value is None:
        raise MalformedError(f"lacks input {number}")
    return value


def optional(inputs: Inputs, number: int) -> Value | None:
    """An input that may be left out."""
    return inputs[number] if number < len(inputs) else None


def of_floats(value: Value) -> Value:
    """The value, if it has float elements.

    Raises:
        MalformedError: It has others.
    """
    need(value.kind in FLOATS, "takes floats alone")
    return value


def whole_numbers(value: Value, what: str) -> tuple[int, ...]:
    """Constant whole numbers in a row, or one of them.

    Raises:
        MalformedError: They are computed, of another type, or too many.
    """
    if value.tensor is None or value.kind not in (INT64, INT32) or len(value.shape) > 1:
        raise MalformedError(f"has {what} that are no constant whole numbers")
    need(value.tensor.values.size <= 8, f"has too many {what}")
    return tuple(int(number) for number in value.tensor.values.reshape(-1))


def axis(number: int, rank: int) -> int:
    """An axis, counted from the front.

    Raises:
        MalformedError: There is no such axis.
    """
    need(-rank <= number < rank, f"names axis {number} of {rank}")
    return number % rank


def axes(node: Node, inputs: Inputs, rank: int) -> tuple[int, ...] | None:
    """Axes that are an attribute (older opsets) or the second input; None where none are named.

    Raises:
        MalformedError: They are both, twice, or not there.
    """
    listed = optional(inputs, 1)
    named: tuple[int, ...] | None = node.attributes.get("axes")
    if listed is not None:
        need(named is None, "has axes twice")
        named = whole_numbers(listed, "axes")
    if named is None:
        return None
    found = tuple(axis(number, rank) for number in named)
    need(len(set(found)) == len(found), "names an axis twice")
    return found


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that shapes stretch to, as numpy has it.

    Raises:
        MalformedError: They do not fit.
    """
    found = []
    for sizes in zip_longest(*(tuple(reversed(shape)) for shape in shapes), fillvalue=1):
        largest = max(sizes)
        need(all(size in (1, largest) for size in sizes), f"has shapes {shapes} that do not fit")
        found.append(largest)
    return tuple(reversed(found))


def same(node: Node, inputs: Inputs) -> Value:
    """As the first input; further ones are single numbers of its type."""
    first = given(inputs, 0)
    for other in inputs[1:]:
        fits = other is None or (other.kind == first.kind and math.prod(other.shape) == 1)
        need(fits, "takes single numbers of its own type beside its input")
    return Value(first.kind, first.shape)


def of_float(node: Node, inputs: Inputs) -> Value:
    """As `same`, of floats."""
    of_floats(given(inputs, 0))
    return same(node, inputs)


def negation(node: Node, inputs: Inputs) -> Value:
    """Truth to truth."""
    value = given(inputs, 0)
    need(value.kind == BOOL, "takes truth values alone")
    return Value(BOOL, value.shape)


def stretched(node: Node, inputs: Inputs) -> Value:
    """All inputs are stretched to one shape; whole numbers divide by zero, so floats alone do."""
    values = [of_floats(given(inputs, number)) for number in range(len(inputs))]
    need(len({value.kind for value in values}) == 1, "mixes element types")
    return Value(values[0].kind, broadcast(*(value.shape for value in values)))


def compared(node: Node, inputs: Inputs) -> Value:
    """Two inputs of one type to truth values."""
    first, second = given(inputs, 0), given(inputs, 1)
    need(first.kind == second.kind, "mixes element types")
    return Value(BOOL, broadcast(first.shape, second.shape))


def logical(node: Node, inputs: Inputs) -> Value:
    """Two truth values to one."""
    need(given(inputs, 0).kind == BOOL, "takes truth values alone")
    return compared(node, inputs)


def chosen(node: Node, inputs: Inputs) -> Value:
    """Where: a truth value chooses between two."""
    condition, first, second = (given(inputs, number) for number in range(3))
    need(condition.kind == BOOL and first.kind == second.kind, "mixes element types")
    return Value(first.kind, broadcast(condition.shape, first.shape, second.shape))


def cast(node: Node, inputs: Inputs) -> Value:
    """Other elements, the same shape."""
    kind = node.attributes.get("to")
    if kind not in (FLOAT, FLOAT16, INT32, INT64, BOOL):
        raise MalformedError(f"casts to type {kind}, which is not known")
    return Value(kind, given(inputs, 0).shape)


def constant(node: Node, inputs: Inputs) -> Value:
    """A tensor that stands in the node."""
    tensor = node.attributes.get("value")
    if not isinstance(tensor, Tensor):
        raise MalformedError("has no tensor")
    return Value(tensor.kind, tensor.values.shape, tensor)


def reduced(node: Node, inputs: Inputs) -> Value:
    """Mean, sum, largest or smallest along axes."""
    value = of_floats(given(inputs, 0))
    named = axes(node, inputs, len(value.shape))
    if not named:
        need(not flag(node.attributes, "noop_with_empty_axes"), "reduces nothing")
        named = tuple(range(len(value.shape)))
    keep = flag(node.attributes, "keepdims", 1)
    sizes = enumerate(value.shape)
    if keep:
        return Value(value.kind, tuple(1 if at in named else size for at, size in sizes))
    return Value(value.kind, tuple(size for at, size in sizes if at not in named))


def window(node: Node, sides: Sequence[int], kernel: Sequence[int]) -> tuple[int, ...]:
    """How many places a kernel has along each side of a picture.

    Args:
        node: Its strides, pads and dilations count.
        sides: Height and width of the picture.
        kernel: Height and width of the kernel.

    Raises:
        MalformedError: A parameter is out of bounds, or there is no place.
    """
    need(node.attributes.get("auto_pad", "NOTSET") in ("NOTSET", "VALID"), "pads on its own")
    need(len(sides) == len(kernel) == 2, "takes pictures alone")
    strides = parameters(node, "strides", (1, 1), 1)
    dilations = parameters(node, "dilations", (1, 1), 1)
    pads = parameters(node, "pads", (0, 0, 0, 0), 0)
    need(node.attributes.get("auto_pad") != "VALID" or not any(pads), "pads though it must not")
    up = flag(node.attributes, "ceil_mode")
    places = []
    for at in range(2):
        need(1 <= kernel[at] <= _LARGEST_PARAMETER, "has a kernel out of bounds")
        reach = dilations[at] * (kernel[at] - 1) + 1
        need(max(pads[at], pads[at + 2]) < max(reach, 2), "has pads beyond its kernel")
        room = sides[at] + pads[at] + pads[at + 2] - reach
        need(room >= 0, "has a kernel larger than its picture")
        found = (room + up * (strides[at] - 1)) // strides[at] + 1
        is_beyond = (found - 1) * strides[at] >= sides[at] + pads[at]  # begins in the padding
        places.append(found - (up and is_beyond))
    return tuple(places)


def parameters(node: Node, name: str, default: tuple[int, ...], least: int) -> tuple[int, ...]:
    """A list of whole numbers in an attribute.

    Raises:
        MalformedError: They are more or fewer than those of the default, or out of bounds.
    """
    found: tuple[int, ...] = node.attributes.get(name, default)
    inside = all(least <= number <= _LARGEST_PARAMETER for number in found)
    need(len(found) == len(default) and inside, f"has {name} {list(found)[:8]}, out of bounds")
    return found


def flag(attributes: dict[str, Any], name: str, default: int = 0) -> bool:
    """An attribute that is 0 or 1.

    Raises:
        MalformedError: It is something else.
    """
    need(attributes.get(name, default) in (0, 1), f"has {name} that is neither 0 nor 1")
    return bool(attributes.get(name, default))
