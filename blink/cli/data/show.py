from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import DataSet, outside_bundles
from blink.contract import atomic_file

Id = Annotated[
    str, typer.Argument(help="The crop's, as a report or an audit names it, or how it begins.")
]
Picture = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", callback=outside_bundles, help="Where to write its picture, as PNG."
    ),
]


def show(folder: DataSet, crop: Id, picture: Picture = None) -> None:
    """Show a crop's row in the manifest: all that is known of it, and its number.

    Each picture of a report says which command shows its row.

    Example:
        blink data show data/mrl 9d5e5a51ce3f1d10 --picture eye.png
    """
    from blink.data.images import encode_png
    from blink.data.lookup import id_of, look_up
    from blink.data.manifest import read_manifest

    manifest = read_manifest(folder)
    (entry,) = look_up(manifest, [id_of(manifest, crop)])
    fields = (("row", f"{entry.row}"), *entry.fields)
    width = max(len(name) for name, _ in fields)
    typer.echo("\n".join(f"{name:{width}}  {value}" for name, value in fields))
    if picture is not None:
        (shown,) = manifest.crops([entry.row])
        with atomic_file(picture) as temporary:
            temporary.write_bytes(encode_png(shown))
        typer.echo(f"Wrote {picture}")
