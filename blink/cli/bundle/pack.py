from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import BundleFolder

File = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Where to write it. [NAME.blink beside the folder]"),
]


def pack(folder: BundleFolder, file: File = None) -> None:
    """Pack a bundle into one file, with its signature and latencies.

    The same files give the same bytes, wherever and whenever they are packed. An older packed
    bundle is replaced, any other file is not.

    Example:
        blink bundle pack export/zoo/standard standard.blink
    """
    from blink.runtime.packed import SUFFIX, pack_bundle

    target = Path(f"{folder.resolve()}{SUFFIX}") if file is None else file
    found = pack_bundle(folder, target)
    typer.echo(f"Wrote {target}: {found.name}, {target.stat().st_size:,} bytes")
