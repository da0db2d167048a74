"""Operations that move elements about without computing: what shapes they give."""

import math

from blink.runtime.graph.onnx_file import INT32, INT64, Node
from blink.runtime.graph.protobuf import MalformedError
from blink.runtime.graph.shapes import (
    Inputs,
    Value,
    axes,
    axis,
    flag,
    given,
    need,
    optional,
    whole_numbers,
)


def reshaped(node: Node, inputs: Inputs) -> Value:
    """The same elements in a shape that is a constant."""
    value = given(inputs, 0)
    wanted = list(whole_numbers(given(inputs, 1), "sizes"))
    literal = flag(node.attributes, "allowzero")
    for at, size in enumerate(wanted):
        if size == 0:
            need(not literal and at < len(value.shape), "makes a tensor of nothing")
            wanted[at] = value.shape[at]
    need(all(size == -1 or size > 0 for size in wanted), f"makes a shape of {wanted}")
    need(wanted.count(-1) <= 1, "leaves two sizes open")
    count = math.prod(value.shape)
    known = math.prod(size for size in wanted if size != -1)
    need(count % known == 0, f"cannot make {wanted} of {count} elements")
    shape = tuple(count // known if size == -1 else size for size in wanted)
    need(math.prod(shape) == count, f"cannot make {wanted} of {count} elements")
    return Value(value.kind, shape)


def flattened(node: Node, inputs: Inputs) -> Value:
    """Two dimensions: those before an axis, and the rest."""
    value = given(inputs, 0)
    at = node.attributes.get("axis", 1)
    rank = len(value.shape)
    need(-rank <= at <= rank, f"names axis {at} of {rank}")
    at = at + rank if at < 0 else at
    return Value(value.kind, (math.prod(value.shape[:at]), math.prod(value.shape[at:])))


def squeezed(node: Node, inputs: Inputs) -> Value:
    """Without axes of one element, all of which are named: else a batch of one would vanish."""
    value = given(inputs, 0)
    named = axes(node, inputs, len(value.shape))
    if not named:
        raise MalformedError("does not say which axes it drops")
    need(all(value.shape[at] == 1 for at in named), "drops an axis of more than one element")
    sizes = enumerate(value.shape)
    return Value(value.kind, tuple(size for at, size in sizes if at not in named))


def unsqueezed(node: Node, inputs: Inputs) -> Value:
    """With further axes of one element."""
    value = given(inputs, 0)
    listed = optional(inputs, 1)
    count = len(
        node.attributes.get("axes", ()) if listed is None else whole_numbers(listed, "axes")
    )
    need(count <= 8, "has too many axes")
    named = axes(node, inputs, len(value.shape) + count)
    if not named:
        raise MalformedError("does not say which axes it adds")
    rest = iter(value.shape)
    rank = len(value.shape) + count
    return Value(value.kind, tuple(1 if at in named else next(rest) for at in range(rank)))


def transposed(node: Node, inputs: Inputs) -> Value:
    """Axes in another order."""
    value = given(inputs, 0)
    rank = len(value.shape)
    order = node.attributes.get("perm", tuple(reversed(range(rank))))
    need(sorted(order) == list(range(rank)), f"has no order of {rank} axes")
    return Value(value.kind, tuple(value.shape[at] for at in order))


def joined(node: Node, inputs: Inputs) -> Value:
    """One behind the other along an axis."""
    values = [given(inputs, number) for number in range(len(inputs))]
    return Value(values[0].kind, behind(node, values))


def behind(node: Node, values: list[Value]) -> tuple[int, ...]:
    """The shape of values that are put one behind the other.

    Raises:
        MalformedError: They do not fit.
    """
    first = values[0]
    number = node.attributes.get("axis")
    if number is None:
        raise MalformedError("does not say along which axis it joins")
    at = axis(number, len(first.shape))
    for value in values:
        fits = value.kind == first.kind and len(value.shape) == len(first.shape)
        need(fits, "joins what is of different kinds")
        others = zip(value.shape, first.shape, strict=True)
        need(all(a == b for here, (a, b) in enumerate(others) if here != at), "joins other sizes")
    size = sum(value.shape[at] for value in values)
    return (*first.shape[:at], size, *first.shape[at + 1 :])


def divided(node: Node, inputs: Inputs) -> Value:
    """Parts of one size along an axis, one for each output."""
    value = given(inputs, 0)
    count = len(node.outputs)
    need(node.attributes.get("num_outputs") == count, "does not say how many parts it makes")
    at = axis(node.attributes.get("axis", 0), len(value.shape))
    size = value.shape[at]
    need(size % count == 0, f"makes {count} parts of {size} elements")
    return Value(value.kind, (*value.shape[:at], size // count, *value.shape[at + 1 :]))


def sliced(node: Node, inputs: Inputs) -> Value:
    """A part along axes, between constants."""
    value = given(inputs, 0)
    starts = whole_numbers(given(inputs, 1), "starts")
    ends = whole_numbers(given(inputs, 2), "ends")
    listed, steps = optional(inputs, 3), optional(inputs, 4)
    along = tuple(range(len(starts))) if listed is None else whole_numbers(listed, "axes")
    strides = (1,) * len(starts) if steps is None else whole_numbers(steps, "steps")
    need(len(starts) == len(ends) == len(along) == len(strides), "has bounds that do not match")
    named = [axis(at, len(value.shape)) for at in along]
    need(len(set(named)) == len(named), "names an axis twice")
    shape = list(value.shape)
    for at, start, end, step in zip(named, starts, ends, strides, strict=True):
        need(step != 0 and abs(step) <= 256, "has steps out of bounds")
        shape[at] = len(range(*slice(start, end, step).indices(shape[at])))
        need(shape[at] > 0, "leaves nothing")
    return Value(value.kind, tuple(shape))


def gathered(node: Node, inputs: Inputs) -> Value:
    """Those at constant places along an axis."""
    value, places = given(inputs, 0), given(inputs, 1)
    at = axis(node.attributes.get("axis", 0), len(value.shape))
    if places.tensor is None or places.kind not in (INT32, INT64):
        raise MalformedError("has places that are no constant whole numbers")
    size = value.shape[at]
    found = places.tensor.values
    need(bool((found >= -size).all() and (found < size).all()), f"reaches beyond {size} elements")
    return Value(value.kind, (*value.shape[:at], *places.shape, *value.shape[at + 1 :]))
