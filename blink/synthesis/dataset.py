import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blink.data.row import Row
from blink.synthesis.elements import check_elements
from blink.synthesis.rendering import Rendering, check_whole
from blink.synthesis.shot_row import make_shot_row
from blink.synthesis.slot import fill_slot
from blink.synthesis.version import RENDERER_VERSION

if TYPE_CHECKING:
    from blink.data.manifest import Manifest


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
    for number in numbers:
        yield render_person(number, crops, seed, without)


def render_person(number: int, crops: int, seed: int, without: Sequence[str] = ()) -> list[Row]:
    """All rows of one person; the same for the same arguments, in whatever process.

    Args:
        number: Which person, from 0.
        crops: How many crops.
        seed: Seed of the data set.
        without: Elements to leave out.
    """
    subject = f"p{number + 1:04d}"
    rows = []
    for index in range(crops):
        slot = fill_slot(number, index, seed, without=without)
        source = f"{subject}/{index:05d}.png"
        rows.append(
            make_shot_row("rendered", source, slot.take(), slot.person, slot.shot, subject=subject)
        )
    return rows
