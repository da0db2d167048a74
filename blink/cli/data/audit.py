import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blink.cli.options import DataSet, outside_bundles
from blink.cli.outcome import leave
from blink.contract import ConfigError, StorageError
from blink.contract.wording import plural

if TYPE_CHECKING:
    from blink.data.audit.limits import Limits

PAGE, JSON, CORRECTIONS = "audit.html", "audit.json", "corrections.csv"
EDITED = "corrections.new.csv"
"""Where the list goes when an older one was worked on."""


def _tell_limits(is_wanted: bool) -> None:
    if not is_wanted:
        return
    import inspect

    from blink.data.audit.limits import Limits

    typer.echo(inspect.cleandoc(Limits.__doc__ or "").partition("Attributes:\n")[2])
    typer.echo("\nAs they stand:")
    for name, value in Limits().to_dict().items():
        typer.echo(f"    {name}={value}")
    raise typer.Exit


Splitted = Annotated[
    Path | None, typer.Option("--split", metavar="FILE", help="Its split: look for leaks as well.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        callback=outside_bundles,
        help="Where to write; beside the manifest if not given.",
    ),
]
NearShare = Annotated[
    float | None,
    typer.Option(
        "--max-near-duplicates",
        metavar="SHARE",
        min=0,
        max=1,
        help="Share of the val and test crops that may have a near-duplicate in another role; the "
        "same as --limit near_share=SHARE.",
    ),
]
Limit = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="NAME=VALUE", help="Another threshold; may be repeated."),
]
Tell = Annotated[
    bool,
    typer.Option(
        "--limits", callback=_tell_limits, is_eager=True, help="Say all thresholds, and end."
    ),
]


def audit(
    folder: DataSet,
    split: Splitted = None,
    out: Out = None,
    max_near_duplicates: NearShare = None,
    limit: Limit = None,
    limits: Tell = False,
) -> None:
    """Look for what makes a data set untrustworthy, and show it as a page with pictures.

    Looks at exact and near duplicates, their people and their labels, at shortcuts (can size,
    brightness, blur or border alone predict the label?), likely label errors, unusable crops, and
    the balance of classes, people and attributes; with --split also for leaks: people, clips and
    pictures on both sides.

    Example:
        blink data audit data/mrl --split data/mrl.split.csv

    Writes audit.html, audit.json for machines, and corrections.csv, a list of suggestions for
    `blink data relabel`; the data set itself is not changed. A list that was edited since the last
    audit is kept, and the new one is then corrections.new.csv; were both edited, nothing is done.
    Without --out the findings stand in DATASET_CARD.md too.

    Exit status, for CI:

      0  no failure; there may be warnings
      1  not done: the message says why
      2  done, and there is a failure
    """
    place = out or folder
    _check_place(place)
    corrections = _unedited(place)
    held_to = _limits(limit or [], max_near_duplicates)

    from blink.data.audit.audit import audit as look_through
    from blink.data.audit.audit import open_split
    from blink.data.audit.finding import SEVERITIES
    from blink.data.audit.page import write_page
    from blink.data.history.card import CARD, write_card
    from blink.data.history.corrections import write_corrections
    from blink.data.manifest import read_manifest

    manifest = read_manifest(folder)
    found = look_through(manifest, open_split(split, manifest) if split else None, held_to)
    for finding in found.findings:
        typer.echo(f"{finding.severity.upper():8}{finding.title}. {finding.summary}")
    write_page(place / PAGE, found, manifest)
    typer.echo(f"Wrote {place / PAGE}")
    write_corrections(corrections, found.corrections)
    typer.echo(f"Wrote {corrections}")
    written = _written(place) | {corrections.name: _hash(corrections)}
    leave(place / JSON, found.to_json() | {"written": written})
    if place == folder:
        write_card(folder)
        typer.echo(f"Wrote {folder / CARD}")
    counts = {severity: found.count(severity) for severity in SEVERITIES}
    said = ", ".join(plural(n, name) for name, n in counts.items())
    typer.echo(f"Verdict: {found.verdict} ({said}) on {len(manifest):,} crops.")
    if found.verdict == "failure":
        raise typer.Exit(2)


def _unedited(place: Path) -> Path:
    """Where the list of corrections can be written: nobody's work lies there.

    Raises:
        ConfigError: Somebody has worked on both lists since an audit wrote them.
    """
    written = _written(place)
    for path in (place / CORRECTIONS, place / EDITED):
        if not path.exists() or written.get(path.name) == _hash(path):
            return path
    raise ConfigError(
        f"{place / CORRECTIONS} and {place / EDITED} were both edited since an audit wrote them, "
        "and nothing is overwritten. Rename or delete one, or name another folder with --out."
    )


def _written(place: Path) -> dict[str, str]:
    """Name of a list of corrections → hash of what the last audit wrote there."""
    try:
        return dict(json.loads((place / JSON).read_bytes())["written"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # nobody knows what was written: whatever is there is kept


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_place(place: Path) -> None:
    """Refuses before minutes of work what could not be written after them."""
    above = next(path for path in (place, *place.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise StorageError(f"{place} cannot be written to. Name another folder with --out.")


def _limits(settings: Sequence[str], near_share: float | None) -> "Limits":
    from blink.data.audit.limits import Limits

    values = Limits().to_dict()
    for setting in settings:
        name, is_given, value = setting.partition("=")
        if name not in values or not is_given:
            raise ConfigError(
                f"There is no limit {setting!r}; write NAME=VALUE. `blink data audit --limits` "
                f"says them all: {', '.join(values)}."
            )
        try:
            values[name] = type(values[name])(value)
        except ValueError:
            kind = "whole number" if isinstance(values[name], int) else "number"
            raise ConfigError(f"The limit {name} must be a {kind}, not {value!r}.") from None
    if near_share is not None:
        values["near_share"] = near_share
    return Limits(**values)
