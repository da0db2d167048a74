from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blink.cli.options import JsonFile
from blink.cli.outcome import leave

if TYPE_CHECKING:
    from blink.data.history.difference import Difference

Before = Annotated[Path, typer.Argument(metavar="A", help="A data set.")]
After = Annotated[Path, typer.Argument(metavar="B", help="The data set to compare it with.")]


def diff(before: Before, after: After, json: JsonFile = None) -> None:
    """Show what data set B has that A has not, crop by crop.

    Crops are known by their id. Shown are those added, removed and changed; for each column, in how
    many it differs, with examples; which labels became which; whether pictures changed
    (content_hash) and whether the order did.

    Example:
        blink data diff data/mrl data/mrl-relabelled

    Exit status: 0 they are the same; 2 they differ; 1 they could not be compared. (It is not 1 as
    for `diff`: 1 means "not done" for all of Blink's commands.)
    """
    from blink.data.history.difference import compare
    from blink.data.manifest import read_manifest

    first, second = read_manifest(before), read_manifest(after)
    found = compare(first, second)
    typer.echo("\n".join(_told(found, str(before), str(after))))
    if json is not None:
        leave(json, asdict(found) | {"before": first.fingerprint, "after": second.fingerprint})
    if not found.is_none:
        raise typer.Exit(2)


def _told(found: "Difference", before: str, after: str) -> list[str]:
    if found.is_none:
        return [f"{before} and {after} are the same: {found.same:,} crops."]
    lines = [
        f"From {before} to {after}: {found.added:,} crops added, {found.removed:,} removed, "
        f"{found.changed:,} changed, {found.same:,} the same."
    ]
    if found.reordered:
        lines.append("The crops that both hold stand in another order.")
    for sign, ids, total in (
        ("+", found.added_ids, found.added),
        ("-", found.removed_ids, found.removed),
    ):
        lines += [f"  {sign} {name}" for name in ids]
        lines += [f"  {sign} … and {total - len(ids):,} more"] if total > len(ids) else []
    for column, crops in found.columns.items():
        lines.append(
            f"{'picture (content_hash)' if column == 'content_hash' else column}: {crops:,}"
        )
        if column == "label":
            lines += [f"  {change}: {n:,}" for change, n in found.flipped.items()]
        for example in found.examples[column]:
            lines.append(f"  ~ {example.id}: {_value(example.before)} → {_value(example.after)}")
    return lines


def _value(value: object) -> str:
    return "missing" if value is None else str(value)
