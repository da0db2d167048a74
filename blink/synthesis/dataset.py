import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blink.contract import Crop
from blink.data.row import Row
from blink.synthesis.elements import check_elements
from blink.synthesis.rendering import Rendering, check_whole
from blink.synthesis.shot import take_all
from blink.synthesis.shot_row import make_shot_row
from blink.synthesis.slot import Slot, fill_slot
from blink.synthesis.version import RENDERER_VERSION

if TYPE_CHECKING:
    from blink.data.manifest import Manifest


_TOGETHER: Final = 48
"""Crops that are drawn at once, see `draw_all`: of several people, if they have few each."""


@dataclass(frozen=True)
class RenderedEyes:
    """A data set of people who do not exist; a `Source` as `blink.data.collection` means it.

    Attributes:
        people: How many people.
        crops_per_person: How many crops of each, all of the one identity.
        seed: Decides everything; the number of processes decides nothing.
        without: Names of elements that are left out, see `blink.synthesis.elements`: the same
            people at the same moments without them.
        processes: How many render; 0 for as many as the machine lends to this process.

    Raises:
        ConfigError: A number is out of range, or there is no such element.
    """

    people: int
    crops_per_person: int
    seed: int = 0
    processes: int = 0
    without: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", check_elements(self.without))
        check_whole(self, people=1, crops_per_person=1, seed=0, processes=0)

    @property
    def name(self) -> str:
        """Name of the data set."""
        return "rendered"

    @property
    def key(self) -> str:
        """Changes whenever the crops would."""
        what = (RENDERER_VERSION, self.people, self.crops_per_person, self.seed, self.without)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:12]

    @property
    def is_available(self) -> bool:
        """Always: nothing is downloaded."""
        return True

    def write(self, folder: Path) -> "Manifest":
        """Renders the data set into a folder, whole or not at all.

        Raises:
            StorageError: The disk is full.
        """
        what: dict[str, Any] = {
            "renderer": RENDERER_VERSION,
            "people": self.people,
            "crops_per_person": self.crops_per_person,
            "seed": self.seed,
        }
        if self.without:
            what["without"] = list(self.without)
        return Rendering(
            people=self.people,
            crops=self.crops_per_person,
            module=__name__,
            generator="render_people",
            arguments=(self.crops_per_person, self.seed, tuple(self.without)),
            processes=self.processes,
        ).write(folder, what)


def render_people(
    numbers: range, crops: int, seed: int, without: Sequence[str] = ()
) -> Iterator[list[Row]]:
    """The rows of several people, person by person: the work of one process."""
    people = max(1, _TOGETHER // crops)
    for first in range(0, len(numbers), people):
        some = numbers[first : first + people]
        slots = [
            [fill_slot(number, index, seed, without=without) for index in range(crops)]
            for number in some
        ]
        pictures = iter(take_all([(slot.person, slot.shot) for theirs in slots for slot in theirs]))
        for number, theirs in zip(some, slots, strict=True):
            yield [
                _make_row(number, index, slot, next(pictures)) for index, slot in enumerate(theirs)
            ]


def _make_row(number: int, index: int, slot: Slot, picture: Crop) -> Row:
    subject = f"p{number + 1:04d}"
    source = f"{subject}/{index:05d}.png"
    return make_shot_row("rendered", source, picture, slot.person, slot.shot, subject=subject)


def render_person(number: int, crops: int, seed: int, without: Sequence[str] = ()) -> list[Row]:
    """All rows of one person; the same for the same arguments, in whatever process.

    Args:
        number: Which person, from 0.
        crops: How many crops.
        seed: Seed of the data set.
        without: Elements to leave out.
    """
    return next(render_people(range(number, number + 1), crops, seed, without))
