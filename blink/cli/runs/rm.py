from typing import Annotated

import typer

from blink.cli.runs import words
from blink.contract.wording import plural

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def rm(run: words.RunNames, yes: Yes = False, runs: words.Root = words.Root_) -> None:
    """Delete runs, with everything that lies in their folders.

    A run that is running is refused, and one that a running run uses, as a teacher. Nothing is
    deleted before all have been found.

    Example:
        blink runs rm f64e 00fc
    """
    from blink.runs.named import run_named
    from blink.runs.removal import refuse_used, remove

    found = list({one.folder: one for one in (run_named(name, runs) for name in run)}.values())
    refuse_used(found, runs)
    if not yes:
        for one in found:
            typer.echo(f"{one.state:10}{words.size(one.size):>12}  {one.folder}")
        if not typer.confirm(f"Delete {plural(len(found), 'run')}?"):
            typer.echo("Nothing was deleted.", err=True)
            raise typer.Exit(1)
    for one in found:
        size = one.size
        remove(one)
        typer.echo(f"Deleted {one.folder} ({words.size(size)})")
