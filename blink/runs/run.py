import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from blink.runs import heart
from blink.runs.curve import QUALITY, Point, read_curve
from blink.runs.disk import bytes_below
from blink.runs.files import CONFIG, METRICS
from blink.runs.headline import Headline, read_headline
from blink.runs.state import State
from blink.runs.status import FILE, About, Status, read_status

_MARKS: Final = (FILE, METRICS, CONFIG)
"""A folder that holds one of them is a run."""

_NAMED: Final = re.compile(r"\d\d-\d\d-\d\d-(?P<name>.+)-[0-9a-f]{4}(?:-\d+)?")
_TRIAL: Final = re.compile(r"(?P<trial>\d+)-seed\d+")
_DEPTH: Final = 4  # runs/sweeps/<study>/trials/<run>
_NO_RUNS: Final = {"ledgers", "cache"}


@dataclass(frozen=True)
class Run:
    """A run as its folder shows it; what costs more than a glance is read when it is asked for.

    Attributes:
        folder: Where it lies.
        state: How it is.
        reason: Why it is so, in a line for a person; None where there is nothing to say.
        status: What it says of itself; None where it says nothing that can be read.
    """

    folder: Path
    state: State
    reason: str | None
    status: Status | None

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @cached_property
    def about(self) -> About:
        """Name, question, command, commit and epochs."""
        return self.status.about if self.status is not None else _about(self.folder, self.config)

    @property
    def name(self) -> str:
        """As configured."""
        return self.about.name

    @property
    def study(self) -> str | None:
        """The search that it is a trial of; None for a run of its own."""
        return self.folder.parent.parent.name if self.trial is not None else None

    @property
    def trial(self) -> int | None:
        """Its number in the study."""
        trial = _TRIAL.fullmatch(self.folder.name)
        return int(trial["trial"]) if trial and self.folder.parent.name == "trials" else None

    @cached_property
    def started(self) -> datetime | None:
        """When it first began; to be shown, since clocks can be set."""
        if self.status is not None:
            return datetime.fromisoformat(self.status.started)
        return _changed(self.folder / CONFIG) or _changed(self.folder)

    @cached_property
    def ended(self) -> datetime | None:
        """When it ended; None where it is running, or nobody noted it."""
        if self.status is not None:
            return datetime.fromisoformat(self.status.ended) if self.status.ended else None
        return _changed(self.folder / METRICS)

    @cached_property
    def seconds(self) -> float | None:
        """How long it has run, all attempts together; None where nobody can tell."""
        if self.status is not None:
            is_open = self.status.state is State.RUNNING
            return self.status.seconds + (heart.seconds_beaten(self.folder) if is_open else 0.0)
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()

    @cached_property
    def headline(self) -> Headline | None:
        """The figure that it is known by; None until it has finished."""
        return self.status.headline if self.status is not None else read_headline(self.folder)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Its config as it was composed, references as they stand there; empty without one."""
        import yaml

        try:
            text = (self.folder / CONFIG).read_text(encoding="utf-8")
            found = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def curve(self) -> dict[str, list[Point]]:
        """See `read_curve`."""
        return read_curve(self.folder)

    @property
    def epochs(self) -> int:
        """How many epochs are over, as far as the curve knows."""
        return max((points[-1].epoch + 1 for points in self.curve.values()), default=0)

    @property
    def validation(self) -> float | None:
        """The latest balanced accuracy on validation people; None before the first."""
        points = self.curve.get(QUALITY)
        return points[-1].value if points else None

    @cached_property
    def size(self) -> int:
        """Bytes that it takes on the disk."""
        return bytes_below(self.folder)


def read_run(folder: Path) -> Run:
    """Looks at a run's folder; never fails, whatever lies there."""
    try:
        status = read_status(folder)
    except PermissionError as error:
        return Run(folder, State.UNREADABLE, f"{error.filename}: {error.strerror}", None)
    except (OSError, ValueError) as error:
        return Run(folder, State.CRASHED, f"{FILE} cannot be read: {error}", None)
    if status is None:
        return _without_status(folder)
    if status.state is State.RUNNING and (lost := _lost(folder, status)):
        return Run(folder, State.CRASHED, lost, status)
    return Run(folder, status.state, status.reason, status)


def find_runs(root: Path) -> list[Run]:
    """All runs below a folder, the latest first; none where there is no such folder.

    A run may go while they are looked at: it is then left out, or one that has crashed.
    """
    found = [read_run(folder) for folder in run_folders(root)]
    return sorted(found, key=lambda run: (_time(run.started), run.id), reverse=True)


def run_folders(root: Path) -> Iterator[Path]:
    """Where the runs below a folder lie, in no order that means anything."""
    return _folders(root, _DEPTH)


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else 0.0


def _folders(root: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except PermissionError:
        yield root  # which shows that it is unreadable
        return
    except OSError:
        return
    if {entry.name for entry in entries} & set(_MARKS):
        yield root
        return
    for entry in entries:
        wanted = not entry.name.startswith(".") and entry.name not in _NO_RUNS
        if depth and wanted and entry.is_dir(follow_symlinks=False):
            yield from _folders(root / entry.name, depth - 1)


def _lost(folder: Path, status: Status) -> str | None:
    """Why a run that says that it is running is not."""
    if status.process.is_here:
        return None if status.process.is_alive else f"{status.process} is gone."
    if heart.is_beating(folder):
        return None
    return f"{status.process} has not been heard of for {heart.PATIENCE:.0f} seconds."


def _without_status(folder: Path) -> Run:
    try:
        is_finished = (folder / METRICS).is_file()
        os.scandir(folder).close()
    except OSError as error:
        return Run(folder, State.UNREADABLE, f"{error.filename}: {error.strerror}", None)
    if is_finished:
        return Run(folder, State.FINISHED, None, None)
    return Run(folder, State.CRASHED, f"It has no {FILE}, and did not finish.", None)


def _about(folder: Path, config: dict[str, Any]) -> About:
    named = _NAMED.fullmatch(folder.name)
    made_by, trainer = _part(config, "made_by"), _part(config, "trainer")
    epochs = trainer.get("max_epochs")
    return About(
        name=str(config.get("name") or (named["name"] if named else folder.name)),
        question=str(config.get("question") or ""),
        command=str(made_by.get("command", "")),
        commit=str(made_by.get("commit", "")),
        epochs=epochs if isinstance(epochs, int) else None,
    )


def _part(config: dict[str, Any], name: str) -> dict[str, Any]:
    """A group of the config; empty where somebody else's config has another thing there."""
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def _changed(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return None
