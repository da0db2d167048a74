from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="A packed bundle.")]
Folder = Annotated[
    Path | None,
    typer.Argument(metavar="FOLDER", help="Where it is to stand. [the file's name without .blink]"),
]


def unpack(file: File, folder: Folder = None) -> None:
    """Unpack a bundle; its folder is written only if everything in it is as it has to be.

    Example:
        blink bundle unpack standard.blink
    """
    from blink.contract import BundleError
    from blink.runtime.packed import SUFFIX, unpack_bundle

    if folder is None and file.suffix != SUFFIX:
        raise BundleError(f"{file} does not end in {SUFFIX}: say to which folder to unpack it.")
    found = unpack_bundle(file, folder or file.with_suffix(""))
    typer.echo(f"Wrote {found.folder}: {found.name}, whole")
