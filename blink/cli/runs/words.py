"""What the verbs of `blink runs` take, and how they say a run in words."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blink.contract.wording import fraction, with_interval

if TYPE_CHECKING:
    from blink.runs import Headline, Run

RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Its folder, or how that ends, if no other's does.")
]
RunNames = Annotated[list[str], typer.Argument(metavar="RUN…", help="As for `blink runs show`.")]
Root = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Where runs lie.")]
Root_ = Path("runs")


def short(run: "Run", root: Path) -> str:
    """What names a run among those below a folder: as much of its path as says something."""
    if run.study is not None:
        return f"{run.study}/trials/{run.id}"
    try:
        return str(run.folder.relative_to(root)) if run.folder != root else run.id
    except ValueError:
        return str(run.folder)


def moment(when: datetime | None) -> str:
    """In the time zone of who asks, to the minute."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}" if when is not None else ""


def duration(seconds: float | None) -> str:
    """`2 h 3 min`; empty where nobody can tell."""
    from blink.runs import tell_duration

    return tell_duration(seconds) if seconds is not None else ""


def epochs(run: "Run") -> str:
    """`3/10`; empty where nothing is trained."""
    wanted = run.about.epochs
    return f"{run.epochs}/{wanted}" if wanted is not None else ""


def figure(value: float | None) -> str:
    """Three digits; empty for none."""
    return fraction(value) if value is not None else ""


def headline(found: "Headline | None") -> str:
    """`0.964 [0.955, 0.973] mrl`; it says where it is of validation people."""
    if found is None or found.value is None:
        return ""
    people = f" ({found.people})" if found.people != "test" else ""
    return f"{with_interval(found.value, found.low, found.high)} {found.data}{people}"


def size(count: int) -> str:
    """In MB of a million bytes."""
    return f"{count / 1e6:,.1f} MB"
