"""A graph is examined before ONNX Runtime sees it: the bytes of a bundle are not trusted."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from blink.contract.input_spec import InputSpec
from blink.runtime.graph.onnx_file import (
    FLOAT,
    KINDS,
    UINT8,
    Model,
    Port,
    elements,
    read_model,
)
from blink.runtime.graph.operators import outcome
from blink.runtime.graph.protobuf import MalformedError
from blink.runtime.graph.shapes import Value

INPUT, OUTPUT, OPENNESS = "crops", "p_closed", "openness"
MOST_WORK: Final = 1 << 29
"""Multiplications that one crop may take; the standard net takes 0.92 million."""

MOST_NUMBERS: Final = 1 << 23
"""Numbers that one crop may make in all nodes together; the standard net makes up to
28,000, in eight bits."""

_MOST_NODES: Final = 2000
_MOST_ELEMENTS: Final = 1 << 25
"""Elements of what all nodes give, whether it depends on crops or not."""
_OPSETS: Final = {"": range(11, 27), "com.microsoft": range(1, 2)}
_LONGEST_NAME: Final = 512


def check_graph(
    data: bytes, spec: InputSpec, entries: Mapping[str, Any], outputs: Sequence[str] = (OUTPUT,)
) -> Model:
    """Examines an ONNX file.

    Args:
        data: The file.
        spec: What its input has to be.
        entries: What its metadata have to say, by key without `blink.`: name, input_spec, …
        outputs: Names of what it has to give, in order: one number a crop each.

    Returns:
        What it holds.

    Raises:
        MalformedError: It is no ONNX file, holds what no graph of a bundle may hold, could grow
            without bound, or is of another bundle.
    """
    model = read_model(data)
    for domain, version in model.opsets.items():
        _need(version in _OPSETS.get(domain, ()), f"it needs opset {version} of {domain[:60]!r}")
    _need("" in model.opsets, "it names no opset")
    _check_metadata(model.metadata, entries)
    _check_ports(model, spec, outputs)
    once, twice = follow(model, spec, 1), follow(model, spec, 2)
    _check_growth(once, twice)
    _check_declared(model, once, twice)
    return model


def _need(condition: bool, fault: str) -> None:
    if not condition:
        raise MalformedError(fault)


def _check_metadata(metadata: Mapping[str, str], entries: Mapping[str, Any]) -> None:
    """What the file says of itself has to be what the bundle says of it."""
    for key in metadata:
        _need(key.startswith("blink."), f"it has foreign metadata: {key[:60]!r}")
    for key, expected in entries.items():
        try:
            found = json.loads(metadata[f"blink.{key}"])
        except (KeyError, ValueError, RecursionError):
            raise MalformedError(f"its metadata do not say its {key}") from None
        _need(found == expected, f"its metadata say another {key} than the bundle")


def _check_ports(model: Model, spec: InputSpec, outputs: Sequence[str]) -> None:
    shape = spec.shape
    takes = [(port.name, port.kind, port.shape) for port in model.inputs]
    _need(
        takes == [(INPUT, UINT8, (None, *shape))],
        f"the graph takes {_said(model.inputs)}, its input spec says {INPUT} uint8 [*, "
        f"{shape[0]}, {shape[1]}, {shape[2]}]",
    )
    gives = [(port.name, port.kind, port.shape) for port in model.outputs]
    _need(
        gives == [(name, FLOAT, (None,)) for name in outputs],
        f"the graph gives {_said(model.outputs)} where "
        f"{' and '.join(f'{name} float32 [*]' for name in outputs)} is expected",
    )


def _said(ports: tuple[Port, ...]) -> str:
    said = []
    for port in ports[:3]:
        kind = KINDS[port.kind][0] if port.kind in KINDS else f"type {port.kind}"
        sizes = ", ".join("*" if size is None else str(size) for size in port.shape[:8])
        said.append(f"{port.name[:60]} {kind} [{sizes}]")
    return " and ".join(said) or "nothing"


def follow(model: Model, spec: InputSpec, batch: int) -> dict[str, Value]:
    """Every value of a graph on paper, for a batch size.

    Returns:
        Name → what is known of it.

    Raises:
        MalformedError: A node is not as it has to be, or its value out of bounds.
    """
    _need(0 < len(model.nodes) <= _MOST_NODES, f"it has {len(model.nodes)} nodes")
    values = {INPUT: Value(UINT8, (batch, *spec.shape))}
    total = 0
    for tensor in model.tensors:
        _add(values, tensor.name, Value(tensor.kind, tensor.values.shape, tensor))
    for number, node in enumerate(model.nodes):
        place = f"node {number} ({node.op[:60]})"
        try:
            _need(node.domain in model.opsets, "is of a domain whose opset is not named")
            value = outcome(node, [_known(values, name) for name in node.inputs])
            total += len(node.outputs) * elements(value.shape, "what it gives")
            _need(total <= _MOST_ELEMENTS, "all nodes together make too much")
        except MalformedError as fault:
            raise MalformedError(f"{place}: {fault}") from None
        for name in node.outputs:
            _add(values, name, value)
    made = {name for node in model.nodes for name in node.outputs}
    for name in (port.name for port in model.outputs):
        _need(name in made, "no node gives it")
        found = values[name]
        _need(
            (found.kind, found.shape) == (FLOAT, (batch,)), f"{name[:60]} is not one number a crop"
        )
    return values


def _add(values: dict[str, Value], name: str, value: Value) -> None:
    _need(0 < len(name) <= _LONGEST_NAME, "a value has no name, or one without end")
    _need(name not in values, f"value {name[:60]!r} is made twice")
    values[name] = value


def _known(values: Mapping[str, Value], name: str) -> Value | None:
    if not name:
        return None  # an optional input that is left out
    _need(name in values, f"takes {name[:60]!r}, which nothing before it gives")
    return values[name]


def _check_growth(once: Mapping[str, Value], twice: Mapping[str, Value]) -> None:
    """Each crop of a batch costs the same, and not too much."""
    total = 0
    for name, value in once.items():
        size = math.prod(value.shape)
        growth = math.prod(twice[name].shape) - size
        _need(growth in (0, size), f"value {name[:60]!r} does not grow with the batch")
        total += growth
    _need(total <= MOST_NUMBERS, f"it makes {total:,} numbers a crop; {MOST_NUMBERS:,} are allowed")
    work = sum(value.work for value in once.values())
    _need(work <= MOST_WORK, f"it takes {work:,} multiplications a crop; {MOST_WORK:,} are allowed")


def _check_declared(model: Model, once: Mapping[str, Value], twice: Mapping[str, Value]) -> None:
    """What the file declares of values has to be so; ONNX Runtime would believe it."""
    seen = set()
    for port in model.values:
        _need(
            port.name in once and port.name not in seen, f"{port.name[:60]!r} is declared wrongly"
        )
        seen.add(port.name)
        for value in (once[port.name], twice[port.name]):
            fits = port.kind == value.kind and len(port.shape) == len(value.shape)
            sizes = zip(port.shape, value.shape, strict=False)
            fits = fits and all(size in (None, real) for size, real in sizes)
            _need(fits, f"{port.name[:60]!r} is declared as something that it is not")
