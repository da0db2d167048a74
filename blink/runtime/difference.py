"""What differs between two bundles: what they say, what their graphs are made of, the weights."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from blink.runtime.bundle import CARD, Bundle
from blink.runtime.graph import Model, read_model

_SAID: Final = ("name", "kind", "precision", "precisions", "provenance", "metrics", "export")


@dataclass(frozen=True)
class Change:
    """A value that differs.

    Attributes:
        entry: Where it stands in `bundle.json`, as `operating_point.threshold` or
            `export.table[1].why`.
        before: In the first bundle; None where it is not there.
        after: In the second.
    """

    entry: str
    before: Any
    after: Any


@dataclass(frozen=True)
class GraphDifference:
    """How a precision's graph differs.

    Attributes:
        precision: Which.
        bytes_before: Its size in the first bundle.
        bytes_after: Its size in the second.
        nodes: Operation → how many more the second has; those alone that differ.
        weights: Constant → largest difference of its numbers; None where one bundle alone has it,
            or in another shape, or where the difference is infinite or none. Those alone that
            differ.
        answers: Largest difference of what both say to golden crops; None where those are not the
            same.
    """

    precision: str
    bytes_before: int
    bytes_after: int
    nodes: dict[str, int]
    weights: dict[str, float | None]
    answers: float | None


@dataclass(frozen=True)
class Difference:
    """How two bundles differ.

    Attributes:
        changes: Of what they say.
        graphs: Of the precisions that both hold and whose files differ.
        golden: Whether their golden crops are the same.
    """

    changes: list[Change]
    graphs: list[GraphDifference]
    golden: bool

    @property
    def is_none(self) -> bool:
        """Whether they are the same, but for latencies and signatures."""
        return not self.changes and not self.graphs and self.golden


def compare_bundles(before: Bundle, after: Bundle) -> Difference:
    """Compares two bundles, both verified."""
    first, second = _said(before), _said(after)
    missing = object()
    changes = [
        Change(entry, first.get(entry), second.get(entry))
        for entry in sorted(first.keys() | second.keys())
        if first.get(entry, missing) != second.get(entry, missing)
    ]
    both = [precision for precision in before.precisions if precision in after.precisions]
    golden = before.golden["crops"] == after.golden["crops"]
    graphs = [
        _compare_graphs(before, after, precision, golden)
        for precision in both
        if before.graph(precision) != after.graph(precision)
        or (golden and _answered(before, precision) != _answered(after, precision))
    ]
    return Difference(changes, graphs, golden)


def _said(bundle: Bundle) -> dict[str, Any]:
    content = {name: getattr(bundle, name) for name in _SAID} | {
        "input_spec": bundle.spec.to_dict(),
        "calibration": bundle.calibration.to_dict(),
        "operating_point": bundle.operating_point.to_dict(),
        "inspection": bundle.inspection,
        "outputs": list(bundle.outputs),
        "files": {CARD: bundle.files[CARD]},  # the graphs are compared for themselves
    }
    return dict(_leaves("", content))


def _answered(bundle: Bundle, precision: str) -> list[Any]:
    return [bundle.golden[output][precision] for output in bundle.outputs]


def _leaves(place: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        prefix = f"{place}." if place else ""
        return [leaf for key in value for leaf in _leaves(f"{prefix}{key}", value[key])]
    if isinstance(value, list) and value and isinstance(value[0], dict):  # a table
        rows = enumerate(value)
        return [leaf for number, row in rows for leaf in _leaves(f"{place}[{number}]", row)]
    return [(place, value)]


def _compare_graphs(before: Bundle, after: Bundle, precision: str, golden: bool) -> GraphDifference:
    first, second = read_model(before.graph(precision)), read_model(after.graph(precision))
    counts = Counter(node.op for node in second.nodes)
    counts.subtract(node.op for node in first.nodes)
    answers = None
    if golden:
        answers = max(
            float(
                np.abs(
                    before.golden_answers(precision, one) - after.golden_answers(precision, one)
                ).max()
            )
            for one in before.outputs
            if one in after.outputs
        )
    return GraphDifference(
        precision=precision,
        bytes_before=len(before.graph(precision)),
        bytes_after=len(after.graph(precision)),
        nodes={op: count for op, count in sorted(counts.items()) if count},
        weights=_compare_weights(first, second),
        answers=answers,
    )


def _compare_weights(before: Model, after: Model) -> dict[str, float | None]:
    first = {tensor.name: tensor.values for tensor in before.tensors}
    second = {tensor.name: tensor.values for tensor in after.tensors}
    found: dict[str, float | None] = {}
    for name in sorted(first.keys() | second.keys()):
        one, other = first.get(name), second.get(name)
        if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
            found[name] = None
        elif not np.array_equal(one, other):
            with np.errstate(invalid="ignore"):  # the bound of a Clip may be infinite
                worst = float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max())
            found[name] = worst if math.isfinite(worst) else None
    return found
