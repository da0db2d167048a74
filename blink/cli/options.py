"""Arguments and options that several verbs take, in the same words."""

from pathlib import Path
from typing import Annotated

import typer


def outside_bundles(place: Path | None) -> Path | None:
    """The callback of whatever says where to write: asked before anything is done.

    Args:
        place: The file or folder; None where none was named.

    Raises:
        BundleError: It would lie in a bundle's folder, which would be refused from then on.
    """
    from blink.runtime.folder import check_outside

    if place is not None:
        check_outside(place)
    return place


def replaceable(place: Path | None) -> Path | None:
    """The callback of `--json FILE`: as `outside_bundles`, and an older outcome may be replaced.

    Args:
        place: The file; None where none was named.

    Raises:
        BundleError: It would lie in a bundle's folder.
        ConfigError: It is there already, and is something else, which would be lost.
        StorageError: It cannot be read.
    """
    from blink.cli.outcome import refuse_other

    if place is not None:
        outside_bundles(place)
        refuse_other(place)
    return place


DataSet = Annotated[Path, typer.Argument(help="The data set: a folder with a manifest.parquet.")]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")]
AnyBundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder, or a .blink file.")]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        callback=replaceable,
        help="Write the same as JSON, beside what is printed.",
    ),
]
