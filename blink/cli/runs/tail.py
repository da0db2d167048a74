import os
import time
from pathlib import Path
from typing import Annotated

import typer

from blink.cli.runs import words
from blink.contract import DataError

_PAUSE = 0.5  # seconds between two looks

Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")]


def tail(
    run: words.RunName, lines: Lines = 20, follow: Follow = False, runs: words.Root = words.Root_
) -> None:
    """Show the end of a run's log, and what comes as it comes.

    Example:
        blink runs tail f64e -f

    With -f the last line says how the run ended.
    """
    from blink.runs import State, read_run
    from blink.runs.named import run_named

    found = run_named(run, runs)
    path = found.folder / "train.log"
    if not os.path.isfile(path):  # noqa: PTH113 - no error where the folder is another user's
        raise DataError(f"{path} is missing, or may not be read: this run has no log to show.")
    place = _show_end(path, lines)
    while follow:
        state = read_run(found.folder).state  # before the log, or its last lines could be missed
        place = _show_from(path, place)
        if state is not State.RUNNING:
            break
        time.sleep(_PAUSE)
    if follow:
        ended = read_run(found.folder)
        typer.echo(f"{ended.state}{f': {ended.reason}' if ended.reason else ''}")


def _show_end(path: Path, lines: int) -> int:
    content = path.read_bytes()
    for line in content.decode(errors="replace").splitlines()[-lines:] if lines else []:
        typer.echo(line)
    return len(content)


def _show_from(path: Path, place: int) -> int:
    try:
        with path.open("rb") as file:
            file.seek(place)
            content = file.read()
    except OSError:  # the run was deleted
        return place
    typer.echo(content.decode(errors="replace"), nl=False)
    return place + len(content)
