from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import outside_bundles
from blink.cli.runs import words

To = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        callback=outside_bundles,
        help="Where the archives go; beside the runs if not given.",
    ),
]


def archive(run: words.RunNames, to: To = None, runs: words.Root = words.Root_) -> None:
    """Pack each run into one file, read that back, and delete the folder.

    A run that is running is refused. `tar xzf ARCHIVE -C FOLDER` brings the run back.

    Example:
        blink runs archive f64e --to /archive/runs
    """
    from blink.runs.named import run_named
    from blink.runs.removal import archive as pack
    from blink.runs.removal import refuse_used

    found = list({one.folder: one for one in (run_named(name, runs) for name in run)}.values())
    refuse_used(found, runs)
    for one in found:
        size = one.size
        path = pack(one, to or one.folder.parent)
        kept = path.stat().st_size
        typer.echo(f"Packed {one.folder} ({words.size(size)}) as {path} ({words.size(kept)})")
