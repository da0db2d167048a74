from dataclasses import asdict
from os.path import commonprefix
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blink.cli.bundle.opened import opened
from blink.cli.options import JsonFile
from blink.cli.outcome import leave
from blink.contract.wording import one_line

if TYPE_CHECKING:
    from blink.runtime.difference import Difference, GraphDifference

Before = Annotated[Path, typer.Argument(metavar="A", help="A bundle.")]
After = Annotated[Path, typer.Argument(metavar="B", help="The bundle to compare it with.")]
_LONGEST = 60
_COMMON = 12
"""Letters that are shown of what long values begin with alike."""
_INCOMPARABLE = "another shape, beyond every number, or in one alone"


def diff(before: Before, after: After, json: JsonFile = None) -> None:
    """Show what bundle B has otherwise than A: what it says, its graphs, its weights.

    Shown are entries of bundle.json that differ (input, threshold, calibration, metrics,
    provenance, the model card's hash); for each precision sizes, operations, the largest difference
    of each weight, and of the golden answers. Latencies and signatures lie beside a bundle and are
    not compared.

    Example:
        blink bundle diff runs/old/bundles/standard runs/new/bundles/standard

    Exit status: 0 they are the same; 2 they differ; 1 they could not be compared.
    """
    from blink.runtime.bundle import load_bundle
    from blink.runtime.difference import compare_bundles

    with opened(before) as one, opened(after) as other:
        found = compare_bundles(load_bundle(one), load_bundle(other))
    typer.echo("\n".join(map(one_line, _lines(found, str(before), str(after)))))
    if json is not None:
        leave(json, asdict(found))
    if not found.is_none:
        raise typer.Exit(2)


def _lines(found: "Difference", before: str, after: str) -> list[str]:
    if found.is_none:
        return [f"{before} and {after} are the same."]
    lines = [f"From {before} to {after}:"]
    lines += [f"  {c.entry}: {_change(c.before, c.after)}" for c in found.changes]
    if not found.golden:
        lines.append("  golden crops differ, so that answers cannot be compared")
    for graph in found.graphs:
        lines += _graph(graph)
    return lines


def _change(before: Any, after: Any) -> str:
    """Both values; long ones from where they begin to differ."""
    one, other = ("missing" if value is None else str(value) for value in (before, after))
    if max(len(one), len(other)) > _LONGEST:
        begin = max(0, len(commonprefix([one, other])) - _COMMON)  # noqa: RUF071 - letters are meant
        one, other = (_cut(f"…{text[begin:]}" if begin else text) for text in (one, other))
    return f"{one} → {other}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _graph(graph: "GraphDifference") -> list[str]:
    lines = [f"{graph.precision}: {graph.bytes_before:,} → {graph.bytes_after:,} bytes"]
    lines += [f"  {op}: {count:+d}" for op, count in graph.nodes.items()]
    for name, difference in graph.weights.items():
        how = _INCOMPARABLE if difference is None else f"up to {difference:.3g}"
        lines.append(f"  {_cut(name)}: {how}")
    if graph.answers is not None:
        lines.append(f"  golden answers: up to {graph.answers:.3g}")
    return lines
