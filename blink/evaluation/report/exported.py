"""The export search: every candidate, and why one of them ships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blink.contract.wording import GAP, kilobytes
from blink.pages import Cell, Column, Line, Table


@dataclass(frozen=True)
class Exported:
    """One bundle's search, ready to be shown.

    Attributes:
        name: Of the bundle.
        reason: For the choice, without its full stop.
        note: On what, and for whom, it was chosen.
        candidates: All of them, side by side.
        left_out: Recipes that made no candidate, in sentences.
        layers: What each costs when it alone is rounded; None where nobody asked.
        opencv: What OpenCV makes of the fp32 file, in a sentence.
    """

    name: str
    reason: str
    note: str
    candidates: Table
    left_out: Sequence[str]
    layers: Table | None
    opencv: str


def show_exports(exports: Mapping[str, dict[str, Any]]) -> list[Exported]:
    """Prepares the searches of all bundles that had something to choose from.

    Args:
        exports: Name of a bundle → `export` of its `bundle.json`; may be empty.
    """
    return [_show(name, told) for name, told in exports.items() if len(told.get("table", [])) > 1]


def _show(name: str, told: dict[str, Any]) -> Exported:
    layers = told["sensitivity"]
    return Exported(
        name=name,
        reason=told["reason"],
        note=_note(told),
        candidates=_candidates(name, told),
        left_out=[f"Not tried: {one['name']}, {one['why']}." for one in told["left_out"]],
        layers=_layers(name, layers) if layers else None,
        opencv=_opencv(told["opencv_dnn"]),
    )


def _note(told: dict[str, Any]) -> str:
    limits = (
        "No target set limits."
        if told["target"] is None
        else f"Chosen within the limits of {told['target']}."
    )
    measured = (
        "No latency was measured."
        if told["measured_on"] is None
        else f"Latencies are compared with a graph that does nothing: one thread, one crop, on "
        f"{told['measured_on']}."
    )
    return (
        f"{limits} {measured} Differences are to fp32 on validation people, in points of balanced "
        "accuracy, with 95 % intervals over people where there are ten of them."
    )


def _candidates(name: str, told: dict[str, Any]) -> Table:
    titles = (
        "Size kB",
        "× empty graph",
        "Memory MB",
        "Bal. acc.",
        "Difference",
        "Changed %",
        "|Δp|",
    )
    return Table(
        caption=f"Candidates for {name}: size, latency, memory, and what they lose",
        columns=[
            Column("Candidate"),
            Column("Ships as"),
            *(Column(title, is_number=True) for title in titles),
            Column("Why"),
        ],
        lines=[Line(_cells(row), is_main=row["name"] == told["chosen"]) for row in told["table"]],
    )


def _cells(row: dict[str, Any]) -> list[Cell]:
    peak = row["peak_memory_bytes"]
    changed, largest = 100 * row["changed_decisions"], row["largest_difference"]
    return [
        Cell(row["name"], small=row["recipe"]),
        Cell(row["ships_as"] or GAP),
        Cell(
            kilobytes(row["size_bytes"]),
            value=row["size_bytes"],
            small=f"{row['nodes']} nodes, opset {row['opset']}",
        ),
        _span(row["ratio_to_empty_graph"], 1, ".2f"),
        Cell(GAP) if peak is None else Cell(f"{peak / 1e6:.1f}", value=peak),
        Cell(f"{row['balanced_accuracy']:.4f}", value=row["balanced_accuracy"]),
        _span(row["difference"], 100, "+.2f"),
        Cell(f"{changed:.2f}", value=changed),
        Cell(f"{largest:.1e}", value=largest),
        Cell(row["why"], tag="" if row["passed"] else "bad"),
    ]


def _span(span: dict[str, Any] | None, unit: float, form: str) -> Cell:
    """A number above its interval, where it has one."""
    if span is None:
        return Cell(GAP)
    value, low, high = (span[key] for key in ("value", "low", "high"))
    ends = "" if low is None else f"{unit * low:{form}} to {unit * high:{form}}"
    return Cell(f"{unit * value:{form}}", value=value, small=ends)


def _layers(name: str, layers: Sequence[dict[str, Any]]) -> Table:
    return Table(
        caption=f"Layers of {name}, each rounded alone",
        columns=[
            Column("Layer"),
            Column("Balanced accuracy lost, points", is_number=True),
            Column("Largest |Δp|", is_number=True),
        ],
        lines=[
            Line(
                [
                    Cell(layer["layer"]),
                    Cell(f"{100 * lost:.2f}", value=lost),
                    Cell(f"{largest:.1e}", value=largest),
                ]
            )
            for layer in layers
            for lost in [layer["balanced_accuracy_lost"]]
            for largest in [layer["largest_difference"]]
        ],
    )


def _opencv(reading: dict[str, Any]) -> str:
    if reading["loads"]:
        return (
            "OpenCV's DNN module loads the fp32 file, too, and answers the same: largest |Δp| "
            f"{reading['largest_difference']:.0e}."
        )
    return f"OpenCV's DNN module cannot use the fp32 file: {reading['why']}."
