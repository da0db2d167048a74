"""What a launcher is given: how a worker gets at the study, and what it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blink.runs import Point
from blink.sweep.assignment import Assignment, Instruction, Outcome


class Trials(Protocol):
    """What a worker knows of a `blink.sweep.study.Study`."""

    def ask(self, check: Callable[[], None] = ...) -> Assignment | None:
        """The next trial, new or of a worker that has died; None where nothing is left to do.

        Args:
            check: Called now and then while it waits; raises where it is not to wait any longer.
        """

    def watch(self, assignment: Assignment, curves: Mapping[str, Sequence[Point]]) -> Instruction:
        """Notes how far the first run of a trial is, and says what it shall do."""

    def tell(self, assignment: Assignment, outcome: Outcome) -> None:
        """Notes how a trial ended."""

    def leave(self, assignment: Assignment) -> None:
        """Notes that a trial was stopped in good order, and is to be gone on with."""

    def close(self) -> None:
        """Lets go of it."""


@dataclass(frozen=True)
class Job:
    """A study to work off; it travels to other processes and machines.

    Attributes:
        open_study: Opens it, in each worker anew.
        folder: Of the study; absolute, and seen by all workers.
        script: `train.py`, run as `python train.py` is, in its own folder.
        minutes: That a run may take; None for any number.
    """

    open_study: Callable[[], Trials]
    folder: Path
    script: Path
    minutes: float | None = None
