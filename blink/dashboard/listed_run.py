"""A run as the dashboard shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from blink.dashboard.judgement import Judgement
from blink.dashboard.settings import Settings
from blink.runs import Point, State


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run.

    Attributes:
        id: Path of its folder below the folder of all runs.
        folder: Where it lies.
        name: As configured.
        state: How it is.
        reason: Why it is so; empty where there is nothing to say.
        question: What it is to find out.
        command: What does it again.
        study: The search that it is a trial of; empty for a run of its own.
        trial: Its number there.
        started: When it first began.
        seconds: How long it ran; None where nobody can tell.
        epochs: How many it is to train; None where nothing is trained.
        curve: Name → what was logged so far.
        settings: By their dotted names.
        judgements: By data set, and over all of them; empty until it has finished.
    """

    id: str
    folder: Path
    name: str
    state: State
    reason: str
    question: str
    command: str
    study: str
    trial: int | None
    started: datetime | None
    seconds: float | None
    epochs: int | None
    curve: Mapping[str, tuple[Point, ...]]
    settings: Settings
    judgements: tuple[Judgement, ...]

    @property
    def epoch(self) -> int | None:
        """How many epochs are over, as far as the curves know; None before the first."""
        return max((points[-1].epoch + 1 for points in self.curve.values() if points), default=None)

    @property
    def title(self) -> str:
        """What tells it apart in a legend: its name and the end of its folder's."""
        if self.study:
            return f"{self.study} {self.folder.name}"
        short = self.folder.name.rpartition("-")[2]
        return f"{self.name} {short}" if short != self.name else self.name

    def last(self, metric: str) -> float | None:
        """The latest value of a curve."""
        points = self.curve.get(metric)
        return points[-1].value if points else None

    def judged(self, on: str) -> Judgement | None:
        """What was found on a data set, by `Judgement.on`."""
        return next((one for one in self.judgements if one.on == on), None)
