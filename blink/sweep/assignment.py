"""What a study hands to a worker, and what it gets back."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path


@dataclass(frozen=True)
class Assignment:
    """A trial that is to be run: one configuration, one run of `train.py` for each of its seeds.

    Attributes:
        trial: Number under which its runs lie, by which people know it; after a death of its
            worker the study has another one for it.
        storage_id: Its id in the storage.
        folders: Where its runs are, in the order of `commands`; one that exists already is gone on
            with.
        commands: The words of `train.py` for each run, in Hydra's grammar.
    """

    trial: int
    storage_id: int
    folders: tuple[Path, ...]
    commands: tuple[tuple[str, ...], ...]


class Instruction(Enum):
    """What a study says to a run whose curve it was shown."""

    GO_ON = auto()
    PRUNE = auto()
    """Others do better."""
    STOP = auto()
    """Its trial was given up meanwhile, and somebody else goes on with it."""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        folders: Of the runs that finished.
        fault: Why it failed, in a line; None where it did not.
        is_pruned: Whether it was stopped because others do better.
    """

    folders: tuple[Path, ...] = ()
    fault: str | None = None
    is_pruned: bool = False
