from pathlib import Path
from typing import Annotated

import typer

from blink.cli.data.told import told_people
from blink.cli.options import DataSet, outside_bundles
from blink.cli.outcome import leave
from blink.cli.vacancy import is_there_already
from blink.contract.wording import plural

Listed = Annotated[Path, typer.Argument(help="The list of corrections, a CSV file.")]
Out = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        resolve_path=True,
        callback=outside_bundles,
        help="Folder for the new data set.",
    ),
]
Drop = Annotated[
    bool, typer.Option("--drop", help="Drop every crop of the list instead of relabelling it.")
]


def relabel(folder: DataSet, corrections: Listed, out: Out, drop: Drop = False) -> None:
    """Make a new version of a data set with labels corrected or crops dropped.

    `blink data audit` suggests a list, corrections.csv. Look at its pictures, delete the lines that
    you do not agree with, and apply the rest. You can write a list yourself; it needs the columns

      id         the crop's
      given      its label now: 0 open, 1 closed, empty not known
      suggested  the label it is to have; empty for "unsure"
      action     relabel or drop; may be missing, and is then relabel

    Example:
        blink data relabel data/mrl data/mrl/corrections.csv --out data/mrl-2

    Nothing is overwritten. A list that does not fit (an id that is not there or stands twice,
    another label than the given one, no change at all) is refused whole; lines that suggest the
    given label change nothing and are counted apart. The new data set gets a version whose parent
    is the old one, a card, and relabel.json for machines; corrected crops have the label_source
    "corrected".
    """
    from dataclasses import replace

    from blink.data.history.card import write_card
    from blink.data.history.corrections import apply_corrections, digest_of, read_corrections
    from blink.data.history.versions import lineage_of, record_version
    from blink.data.manifest import read_manifest

    manifest = read_manifest(folder)
    listed = read_corrections(corrections)
    if drop:
        listed = [replace(one, action="drop") for one in listed]
    dropped = sum(one.action == "drop" for one in listed)
    idle = sum(one.changes_nothing for one in listed)
    options = {
        "corrections": digest_of(listed),
        "relabelled": len(listed) - dropped - idle,
        "dropped": dropped,
        "drop": drop,
    }
    parents = (lineage_of(manifest).head.id,)

    def finish(place: Path, fingerprint: str) -> None:
        record_version(place, fingerprint, "relabel", options, [manifest])
        write_card(place, fingerprint)

    is_there = is_there_already(
        out, lambda v: (v.operation, v.parents, v.options) == ("relabel", parents, options)
    )
    if not is_there:
        apply_corrections(manifest, listed, out, finish)
    version = lineage_of(out).head
    typer.echo(
        f"{out} is there already: "
        if is_there
        else f"Relabelled {options['relabelled']:,} and dropped {dropped:,} of {len(manifest):,} "
        f"crops into {out}: ",
        nl=False,
    )
    typer.echo(
        f"{plural(version.crops, 'crop')}, {told_people(version.people, version.unknown)}; "
        f"version {version.id}, fingerprint {version.fingerprint}."
    )
    if idle:
        typer.echo(f"Not counted: {plural(idle, 'line')} that would keep the given label.")
    outcome = {
        "version": version.id,
        "fingerprint": version.fingerprint,
        "parents": list(parents),
        "crops": version.crops,
        "lines_that_change_nothing": idle,
        **options,
    }
    leave(out / "relabel.json", outcome)
