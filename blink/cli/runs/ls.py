import json
import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blink.cli.help import shown
from blink.cli.runs import words
from blink.contract import ConfigError
from blink.contract.wording import plural

if TYPE_CHECKING:
    from blink.runs import Run


class Order(StrEnum):
    """What runs are listed by."""

    STARTED = "started"
    SIZE = "size"
    DURATION = "duration"
    VAL = "val"
    TEST = "test"


_KEYS: dict[Order, Callable[["Run"], float]] = {
    Order.SIZE: lambda run: run.size,
    Order.DURATION: lambda run: run.seconds or 0.0,
    Order.VAL: lambda run: _finite(run.validation) or 0.0,
    Order.TEST: lambda run: (run.headline and run.headline.value) or 0.0,
}

Folder = Annotated[Path, typer.Argument(metavar="[RUNS]", help="Where runs lie.")]
States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Only such runs; may be repeated."),
]
Study = Annotated[str | None, typer.Option(metavar="NAME", help="Only the trials of a search.")]
Sort = Annotated[
    Order, typer.Option(help="What comes first: the latest, largest, longest or best.")
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON instead: everything, and full paths; takes no FILE."),
]


def ls(
    runs: Folder = words.Root_,
    state: States = None,
    study: Study = None,
    sort: Sort = Order.STARTED,
    json_: Json = False,
) -> None:
    """List runs: how they are, how far they got, what they are worth, and what they take.

    `val` is the latest balanced accuracy on validation people, `test` that of what ships on the
    most telling test set, with its 95 % interval, once the run has finished.

    Example:
        blink runs ls --state failed
        blink runs ls --sort size

    A run is running, finished, failed, stopped (it goes on with resume=), pruned by a search,
    crashed (it says that it is running, and its process is gone), or unreadable to you.
    """
    from blink.runs import State, find_runs

    if not runs.is_dir():
        raise ConfigError(
            f"{runs} is no folder. Name the one that runs lie in: blink runs ls FOLDER"
        )
    wanted = {_state(name, [*State]) for name in state or []}
    found = [
        run
        for run in find_runs(runs)
        if (not wanted or run.state in wanted) and (study is None or run.study == study)
    ]
    if sort in _KEYS:
        found.sort(key=_KEYS[sort], reverse=True)
    if json_:
        typer.echo(json.dumps([_content(run) for run in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo(f"There are no such runs in {runs}.")
        return
    for line in _table([_HEADER, *(_row(run, runs) for run in found)]):
        typer.echo(line)
    total = sum(run.size for run in found)
    typer.echo(f"{plural(len(found), 'run')}, {words.size(total)}")


alone = typer.Typer(add_completion=False, rich_markup_mode=None)
alone.command("ls", help=shown(ls))(ls)  # whose help is not what it says without a word more

_HEADER = ("state", "run", "started", "took", "epochs", "val", "test", "size")
_RIGHT = {"took", "epochs", "val", "size"}


def _row(run: "Run", root: Path) -> tuple[str, ...]:
    return (
        run.state,
        words.short(run, root),
        words.moment(run.started),
        words.duration(run.seconds),
        words.epochs(run),
        words.figure(run.validation),
        words.headline(run.headline),
        words.size(run.size),
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [
        [
            f"{cell:>{width}}" if name in _RIGHT else f"{cell:{width}}"
            for name, cell, width in zip(_HEADER, row, widths, strict=True)
        ]
        for row in rows
    ]
    return ["  ".join(cells).rstrip() for cells in aligned]


def _content(run: "Run") -> dict[str, Any]:
    from dataclasses import asdict

    from blink.runs import QUALITY

    return {
        "folder": str(run.folder.absolute()),
        "state": run.state,
        "reason": run.reason,
        "started": run.started.isoformat() if run.started is not None else None,
        "ended": run.ended.isoformat() if run.ended is not None else None,
        "seconds": run.seconds,
        **asdict(run.about),
        "epochs_done": run.epochs,
        QUALITY: _finite(run.validation),
        "headline": asdict(run.headline) if run.headline is not None else None,
        "study": run.study,
        "trial": run.trial,
        "bytes": run.size,
    }


def _finite(value: float | None) -> float | None:
    """The value; None where it is NaN or infinite, which has no place in an order nor in JSON."""
    return value if value is not None and math.isfinite(value) else None


def _state(name: str, known: list[str]) -> str:
    if name not in known:
        raise ConfigError(f"There is no state {name!r}; runs are {', '.join(known)}.")
    return name
