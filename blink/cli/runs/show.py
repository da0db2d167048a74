import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from blink.cli.runs import words

if TYPE_CHECKING:
    from blink.runs import Run

_LAST = 5


def show(run: words.RunName, runs: words.Root = words.Root_) -> None:
    """Show all about a run: question, command, how it is and why, curve, bundles, what it takes.

    Example:
        blink runs show f64e
    """
    from blink.runs.named import run_named

    for line in _told(run_named(run, runs)):
        typer.echo(line)


def _told(run: "Run") -> Iterator[str]:
    if run.state == "unreadable":
        yield f"{run.folder} is unreadable: {run.reason}"
        return
    facts = {
        "folder": str(run.folder),
        "name": run.name,
        "question": run.about.question,
        "command": run.about.command,
        "commit": run.about.commit,
        "state": f"{run.state}{f': {run.reason}' if run.reason else ''}",
        "started": words.moment(run.started),
        "ended": words.moment(run.ended),
        "took": words.duration(run.seconds) + _attempts(run),
        "process": str(run.status.process) if run.status is not None else "",
        "study": f"{run.study}, trial {run.trial}" if run.study is not None else "",
        "epochs": words.epochs(run),
        "result": words.headline(run.headline),
        "goes on with": _command(run) if _can_go_on(run) else "",
        "report": _existing(run.folder / "report.html"),
        "log": _existing(run.folder / "train.log"),
        "output": _existing(run.folder.with_name(f"{run.folder.name}.out")),
        "bundles": ", ".join(sorted(path.name for path in run.folder.glob("bundles/[!.]*"))),
    }
    width = max(map(len, facts))
    yield from (f"{name:{width}}  {value}" for name, value in facts.items() if value)
    yield from _curve(run)
    yield from _sizes(run)


def _attempts(run: "Run") -> str:
    attempts = run.status.attempts if run.status is not None else 1
    return f", in {attempts} attempts" if attempts > 1 else ""


def _can_go_on(run: "Run") -> bool:
    from blink.runs import CONFIG

    return run.state in {"stopped", "crashed", "failed"} and (run.folder / CONFIG).is_file()


def _command(run: "Run") -> str:
    return f"python train.py resume={shlex.quote(str(run.folder))}"


def _existing(path: Path) -> str:
    return str(path) if path.exists() else ""


def _curve(run: "Run") -> Iterator[str]:
    by_epoch = {
        name: {point.epoch: point.value for point in points} for name, points in run.curve.items()
    }
    if not by_epoch:
        return
    names = sorted(by_epoch)
    width = max(map(len, names))
    yield ""
    yield "  ".join(["epoch", *(f"{name:>{width}}" for name in names)])
    for epoch in sorted({epoch for values in by_epoch.values() for epoch in values})[-_LAST:]:
        cells = [words.figure(by_epoch[name].get(epoch)) for name in names]
        yield "  ".join([f"{epoch + 1:5}", *(f"{cell:>{width}}" for cell in cells)])


def _sizes(run: "Run") -> Iterator[str]:
    from blink.runs.disk import bytes_below

    parts = {path.name: bytes_below(path) for path in run.folder.glob("*/")}
    parts["files"] = run.size - sum(parts.values())
    yield ""
    for name, count in sorted(parts.items(), key=lambda part: -part[1]):
        yield f"{words.size(count):>12}  {name}"
    yield f"{words.size(run.size):>12}  in all"
