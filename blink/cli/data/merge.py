from pathlib import Path
from typing import Annotated

import typer

from blink.cli.data.told import told_people
from blink.cli.options import outside_bundles
from blink.cli.outcome import leave
from blink.cli.vacancy import is_there_already
from blink.contract import ConfigError
from blink.contract.wording import plural

Parts = Annotated[list[Path], typer.Argument(help="The data sets, in the order to be kept.")]
Out = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        resolve_path=True,
        callback=outside_bundles,
        help="Folder for the merged data set.",
    ),
]


def merge(parts: Parts, out: Out) -> None:
    """Make one data set of several, in the order given.

    No crop is changed, and nothing is said about people: those of different data sets are taken to
    be different people. The same data set must not stand twice among the parts. A warning says how
    many pictures stand in two of them, exactly the same.

    Example:
        blink data merge data/mrl data/cew --out data/mrl+cew

    Nothing is overwritten. The merged data set gets a version whose parents are the parts', a card,
    and merge.json for machines.
    """
    from blink.data import manifest
    from blink.data.copies import shared_pictures
    from blink.data.history.card import write_card
    from blink.data.history.versions import lineage_of, record_version

    if len(parts) < 2:
        raise ConfigError("A merge needs two data sets or more.")
    read = [manifest.read_manifest(part) for part in parts]
    parents = tuple(lineage_of(part).head.id for part in read)

    def finish(place: Path, fingerprint: str) -> None:
        record_version(place, fingerprint, "merge", {}, read)
        write_card(place, fingerprint)

    is_there = is_there_already(out, lambda v: (v.operation, v.parents) == ("merge", parents))
    if not is_there:
        manifest.merge(out, read, finish)
    version = lineage_of(out).head
    typer.echo(
        (f"{out} is there already: " if is_there else f"Merged {len(read)} data sets into {out}: ")
        + f"{plural(version.crops, 'crop')}, {told_people(version.people, version.unknown)}; "
        f"version {version.id}, fingerprint {version.fingerprint}."
    )
    shared = shared_pictures(read)
    if shared:
        typer.echo(
            f"WARNING: the data sets share {plural(shared, 'picture')}, exactly the same. Unless "
            "they show nothing, some people are in both, and a split takes them for different "
            f"ones. See which: blink data audit {out}",
            err=True,
        )
    outcome = {
        "version": version.id,
        "fingerprint": version.fingerprint,
        "parents": list(parents),
        "crops": version.crops,
        "people": version.people,
        "crops_of_unknown_people": version.unknown,
        "pictures_in_two_data_sets": shared,
    }
    leave(out / "merge.json", outcome)
