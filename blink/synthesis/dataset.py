import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blink.contract import Crop
from blink.data.row import Row
from blink.synthesis.elements import check_elements
from blink.synthesis.portrait import Portrait, sample_portrait
from blink.synthesis.rendering import Rendering, check_whole
from blink.synthesis.shot import take_all
from blink.synthesis.shot_row import LICENCE, make_shot_row
from blink.synthesis.tilt import Tilt, read_tilt
from blink.synthesis.version import RENDERER_VERSION

if TYPE_CHECKING:
    from blink.data.manifest import Manifest


_PLAIN: Final = "rendered"
_FITTED: Final = "rendered-fitted"

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
        fitted: What `python -m blink.synthesis fit` wrote, or its file: other people and shots are
            drawn, more like the real crops that it was fitted to. They make another data set,
            which is for research only as the real ones are. None for the renderer as it is.
        tilt: The same as it was read.

    Raises:
        ConfigError: A number is out of range, there is no such element, or `fitted` is no fit of
            this version of the renderer.
    """

    people: int
    crops_per_person: int
    seed: int = 0
    processes: int = 0
    without: Sequence[str] = ()
    fitted: Path | str | Mapping[str, Any] | None = None
    tilt: Tilt | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", check_elements(self.without))
        object.__setattr__(self, "tilt", None if self.fitted is None else read_tilt(self.fitted))
        check_whole(self, people=1, crops_per_person=1, seed=0, processes=0)

    @property
    def name(self) -> str:
        """Name of the data set."""
        return _PLAIN if self.tilt is None else _FITTED

    @property
    def key(self) -> str:
        """Changes whenever the crops would."""
        what: tuple[Any, ...] = (RENDERER_VERSION, self.people, self.crops_per_person, self.seed)
        what += (self.without,) if self.tilt is None else (self.without, self.tilt)
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
        if self.tilt is not None:
            what["fitted"] = asdict(self.tilt)
        return Rendering(
            people=self.people,
            crops=self.crops_per_person,
            module=__name__,
            generator="render_people",
            arguments=(self.crops_per_person, self.seed, tuple(self.without), self.tilt),
            processes=self.processes,
        ).write(folder, what)


def render_people(
    numbers: range, crops: int, seed: int, without: Sequence[str] = (), tilt: Tilt | None = None
) -> Iterator[list[Row]]:
    """The rows of several people, person by person: the work of one process.

    A person's are the same for the same arguments, whoever is drawn beside, and in any process.

    Args:
        numbers: Which people, from 0.
        crops: How many of each.
        seed: Seed of the data set.
        without: Elements to leave out.
        tilt: What a fit asks for.
    """
    people = max(1, _TOGETHER // crops)
    for first in range(0, len(numbers), people):
        some = numbers[first : first + people]
        portraits = [
            [
                sample_portrait(number, index, seed, without=without, tilt=tilt)
                for index in range(crops)
            ]
            for number in some
        ]
        pictures = iter(
            take_all(
                [(portrait.person, portrait.shot) for theirs in portraits for portrait in theirs]
            )
        )
        for number, theirs in zip(some, portraits, strict=True):
            yield [
                _make_row(number, index, portrait, next(pictures), tilt)
                for index, portrait in enumerate(theirs)
            ]


def _make_row(number: int, index: int, portrait: Portrait, picture: Crop, tilt: Tilt | None) -> Row:
    subject = f"p{number + 1:04d}"
    return make_shot_row(
        _PLAIN if tilt is None else _FITTED,
        f"{subject}/{index:05d}.png",
        picture,
        portrait.person,
        portrait.shot,
        subject=subject,
        licence=LICENCE if tilt is None else tilt.licence,
    )
