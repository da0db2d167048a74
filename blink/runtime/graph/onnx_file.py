"""An ONNX file, read without ONNX: into plain records, or not at all.

Closed lists say what a file may hold. What carries code or reaches out of the file is refused:
external data, functions, subgraphs (and so If, Loop and Scan), training, sparse tensors.

Source: onnx.proto of ONNX 1.23.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blink.runtime.graph.messages import (
    ATTRIBUTE,
    ATTRIBUTE_TYPES,
    DIM,
    GRAPH,
    MODEL,
    NODE,
    OPSET,
    PAIR,
    SHAPE,
    TENSOR,
    TENSOR_TYPE,
    TYPE,
    VALUE,
)
from blink.runtime.graph.protobuf import Budget, MalformedError, Message, read, text

FLOAT, UINT8, INT8, INT32, INT64, BOOL, FLOAT16 = 1, 2, 3, 6, 7, 9, 10
KINDS: Final = {
    FLOAT: ("float32", "<f4", "floats"),
    UINT8: ("uint8", "u1", "ints"),
    INT8: ("int8", "i1", "ints"),
    INT32: ("int32", "<i4", "ints"),
    INT64: ("int64", "<i8", "longs"),
    BOOL: ("bool", "u1", "ints"),
    FLOAT16: ("float16", "<f2", "ints"),
}
"""Element types that a graph may have, by ONNX's number: name, numpy's, and where data lies if
not in `raw_data`."""

LARGEST_FILE: Final = 64 << 20
"""Bytes of a graph; the standard net has about 200,000 in fp32."""

LARGEST_TENSOR: Final = 1 << 22
"""Elements of any tensor, of one crop where it depends on crops: 256×256 pixels of 64 channels."""

_LARGEST_RANK: Final = 8


@dataclass(frozen=True, slots=True)
class Tensor:
    """A constant: its name, element type, and values of its shape (read-only)."""

    name: str
    kind: int
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """An operation: its name, type and domain, names of what it takes and gives, attributes."""

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Port:
    """A value that the file declares: its name, element type and shape, None for a free size."""

    name: str
    kind: int
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """An ONNX file's content."""

    ir_version: int
    opsets: dict[str, int]
    metadata: dict[str, str]
    nodes: tuple[Node, ...]
    tensors: tuple[Tensor, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    values: tuple[Port, ...]


def read_model(data: bytes) -> Model:
    """Reads an ONNX file.

    Raises:
        MalformedError: It is none, or holds what no graph of a bundle may hold.
    """
    if len(data) > LARGEST_FILE:
        raise MalformedError(f"it has {len(data):,} bytes; at most {LARGEST_FILE:,} are read")
    if data[4:8] == b"ORTM":
        raise MalformedError("it is in ONNX Runtime's own format, which cannot be examined")
    budget = Budget()
    model = read(memoryview(data), MODEL, budget)
    graph = read(_needed(model, "graph", MODEL), GRAPH, budget)
    opsets = [read(entry, OPSET, budget) for entry in model.get("opsets", ())]
    pairs = [read(entry, PAIR, budget) for entry in model.get("metadata", ())]
    return Model(
        ir_version=_needed(model, "ir_version", MODEL),
        opsets=_unique(
            ((_domain(e.get("domain", "")), _needed(e, "version", OPSET)) for e in opsets),
            "an opset",
        ),
        metadata=_unique(((e.get("key", ""), e.get("value", "")) for e in pairs), "metadata"),
        nodes=tuple(_node(entry, budget) for entry in graph.get("nodes", ())),
        tensors=tuple(_tensor(entry, budget) for entry in graph.get("tensors", ())),
        inputs=_ports(graph, "in", budget),
        outputs=_ports(graph, "out", budget),
        values=_ports(graph, "values", budget),
    )


def _needed(found: dict[str, Any], name: str, message: Message) -> Any:
    if name not in found:
        raise MalformedError(f"{message.name} has no {name}")
    return found[name]


def _unique(pairs: Iterable[tuple[str, Any]], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise MalformedError(f"it has {what} twice: {key[:60]!r}")
        found[key] = value
    return found


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


def _node(data: memoryview, budget: Budget) -> Node:
    found = read(data, NODE, budget)
    attributes = (_attribute(entry, budget) for entry in found.get("attributes", ()))
    return Node(
        name=found.get("name", ""),
        op=_needed(found, "op", NODE),
        domain=_domain(found.get("domain", "")),
        inputs=tuple(found.get("in", ())),
        outputs=tuple(found.get("out", ())),
        attributes=_unique(attributes, "an attribute"),
    )


def _attribute(data: memoryview, budget: Budget) -> tuple[str, Any]:
    found = read(data, ATTRIBUTE, budget)
    name = _needed(found, "name", ATTRIBUTE)
    field = ATTRIBUTE_TYPES.get(_needed(found, "type", ATTRIBUTE))
    held = found.keys() - {"name", "doc", "type"}
    if field is None or not held <= {field} or (field != "ints" and not held):
        raise MalformedError(f"attribute {name[:60]!r} is not of the type that it says")
    if field == "t":
        return name, _tensor(found["t"], budget)
    if field == "s":
        return name, text(found["s"])
    return name, tuple(found.get(field, ())) if field == "ints" else found[field]


def _tensor(data: memoryview, budget: Budget) -> Tensor:
    found = read(data, TENSOR, budget)
    name, kind = found.get("name", ""), _needed(found, "kind", TENSOR)
    what = f"tensor {name[:60]!r}"
    if found.get("location", 0):
        raise MalformedError(f"{what} has external data, which no bundle may have")
    if kind not in KINDS:
        raise MalformedError(f"{what} has elements of type {kind}, which is not known")
    shape = tuple(found.get("dims", ()))
    count = elements(shape, what)
    held = found.keys() & {"raw", "floats", "ints", "longs"}
    _, dtype, field = KINDS[kind]
    if held == {"raw"}:
        values = _raw(found["raw"], dtype, count, what)
    elif held == {field} and len(found[field]) == count:
        values = _typed(found[field], kind, what)
    else:
        raise MalformedError(f"{what} has other data than {count:,} elements of {KINDS[kind][0]}")
    if kind == BOOL and values.max() > 1:
        raise MalformedError(f"{what} has truth values other than 0 and 1")
    return Tensor(name, kind, values.reshape(shape))


def _raw(data: memoryview, dtype: str, count: int, what: str) -> NDArray[Any]:
    if len(data) != count * np.dtype(dtype).itemsize:
        raise MalformedError(f"{what} has {len(data):,} bytes for {count:,} elements of {dtype}")
    return np.frombuffer(data, dtype)


def _typed(numbers: Sequence[float], kind: int, what: str) -> NDArray[Any]:
    """Data that lies in a list of numbers; those of float16 are its bits."""
    dtype = np.dtype("<u2" if kind == FLOAT16 else KINDS[kind][1])
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if not limits.min <= min(numbers) <= max(numbers) <= limits.max:
            raise MalformedError(f"{what} has numbers beyond its type")
    values = np.array(numbers, dtype)
    return values.view("<f2") if kind == FLOAT16 else values


def elements(shape: Sequence[int], what: str) -> int:
    """How many elements a shape has.

    Raises:
        MalformedError: None, too many, or too many dimensions.
    """
    if len(shape) > _LARGEST_RANK or not all(0 < size <= LARGEST_TENSOR for size in shape):
        raise MalformedError(f"{what} has the shape {list(shape[:9])}, which is out of bounds")
    count = math.prod(shape)
    if count > LARGEST_TENSOR:
        raise MalformedError(f"{what} has {count:,} elements; {LARGEST_TENSOR:,} are allowed")
    return count


def _ports(graph: dict[str, Any], field: str, budget: Budget) -> tuple[Port, ...]:
    return tuple(_port(entry, budget) for entry in graph.get(field, ()))


def _port(data: memoryview, budget: Budget) -> Port:
    found = read(data, VALUE, budget)
    name = _needed(found, "name", VALUE)
    outer = read(_needed(found, "type", VALUE), TYPE, budget)
    kind = read(_needed(outer, "tensor", TYPE), TENSOR_TYPE, budget)
    shape = read(_needed(kind, "shape", TENSOR_TYPE), SHAPE, budget)
    dims = [read(entry, DIM, budget) for entry in shape.get("dims", ())]
    if any("size" in dim and "symbol" in dim for dim in dims):
        raise MalformedError(f"value {name[:60]!r} has a dimension of two kinds")
    return Port(name, _needed(kind, "kind", TENSOR_TYPE), tuple(dim.get("size") for dim in dims))
