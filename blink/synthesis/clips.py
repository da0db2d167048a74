import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from blink.contract import ConfigError
from blink.data.row import Row
from blink.synthesis.camera import SENSORS
from blink.synthesis.clip import LEFT, RIGHT, Clip, sample_clip
from blink.synthesis.performance import Act
from blink.synthesis.person import sample_person
from blink.synthesis.rendering import Rendering, check_whole
from blink.synthesis.shot_row import make_shot_row
from blink.synthesis.version import CLIPS_VERSION, RENDERER_VERSION
from blink.target.behaviour import Behaviour

if TYPE_CHECKING:
    from blink.data.manifest import Manifest

_PEOPLE: Final = 20_260_301
"""Seeds begin with it, so that nobody in a clip is anybody in `RenderedEyes`."""
_SENSOR: Final = {sensor.name: sensor for sensor in SENSORS}
_ACTS: Final[tuple[Act, Act]] = ("winks", "long-closures")


@dataclass(frozen=True)
class RenderedClips:
    """A data set of clips of people who do not exist; a `Source` of `blink.data.collection`.

    Each frame gives two crops, of the left eye and of the right one; they share `clip` and `frame`.
    `session` says what the person does: in the first clip nothing but blink, in the others by turns
    wink with either eye and keep both closed for long.

    Attributes:
        people: How many people.
        clips_per_person: How many clips of each.
        seconds: Length of a clip.
        fps: Frames a second.
        sensors: Names of `blink.synthesis.camera.SENSORS`; the people take turns.
        blinks_per_minute: Mean over people.
        seed: Decides everything; the number of processes decides nothing.
        processes: How many render; 0 for as many as the machine lends to this process.

    Raises:
        ConfigError: A number is out of range, or there is no such sensor.
    """

    people: int
    clips_per_person: int
    seconds: float
    fps: float
    sensors: Sequence[str] = ("ir-industrial", "webcam", "ir-cabin", "phone")
    blinks_per_minute: float = 20
    seed: int = 0
    processes: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sensors", tuple(str(name) for name in self.sensors))
        check_whole(self, people=1, clips_per_person=1, seed=0, processes=0)
        for name, most in (("seconds", 3600), ("fps", 1000), ("blinks_per_minute", 120)):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value <= most:
                raise ConfigError(
                    f"RenderedClips.{name} is {value!r}; it must be a number above 0, {most} at "
                    "most."
                )
        if not self.sensors or set(self.sensors) - set(_SENSOR):
            raise ConfigError(
                f"RenderedClips.sensors is {list(self.sensors)}; name some of {list(_SENSOR)}."
            )

    @property
    def name(self) -> str:
        """Name of the data set."""
        return "clips"

    @property
    def key(self) -> str:
        """Changes whenever the crops would."""
        what = (RENDERER_VERSION, CLIPS_VERSION, replace(self, processes=0))
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
        what = {
            "renderer": RENDERER_VERSION,
            "clips": CLIPS_VERSION,
            "people": self.people,
            "clips_per_person": self.clips_per_person,
            "seconds": self.seconds,
            "fps": self.fps,
            "sensors": list(self.sensors),
            "blinks_per_minute": self.blinks_per_minute,
            "seed": self.seed,
        }
        return Rendering(
            people=self.people,
            crops=2 * self.clips_per_person * max(1, round(self.seconds * self.fps)),
            module=__name__,
            generator="render_clips",
            arguments=(self,),
            processes=self.processes,
            shown="clips, once for all",
        ).write(folder, what)


def render_clips(numbers: range, source: RenderedClips) -> Iterator[list[Row]]:
    """The rows of several people, person by person: the work of one process."""
    for number in numbers:
        yield [
            row
            for index in range(source.clips_per_person)
            for row in _render_clip(f"p{number + 1:04d}", index, *cast_clip(source, number, index))
        ]


def cast_clip(source: RenderedClips, number: int, index: int) -> tuple[Clip, Act]:
    """One clip and what is done in it; the same for the same arguments, in whatever process.

    Args:
        source: Of which data set.
        number: Which person, from 0.
        index: Which of their clips, from 0.
    """
    rng = np.random.default_rng((_PEOPLE, source.seed, number))
    person, first = sample_person(rng), int(rng.integers(2))
    sensor = _SENSOR[source.sensors[number % len(source.sensors)]]
    act = _ACTS[(first + index) % 2] if index else "blinks"
    clip = sample_clip(
        np.random.default_rng((_PEOPLE, source.seed, number, index + 1)),
        person,
        sensor,
        act,
        Behaviour(blinks_per_minute=source.blinks_per_minute),
        (source.seconds, source.fps),
    )
    return clip, act


def _render_clip(subject: str, index: int, clip: Clip, act: Act) -> Iterator[Row]:
    name = f"{subject}/c{index:02d}"
    for frame in range(len(clip)):
        for eye in (LEFT, RIGHT):
            shot = clip.shot(frame, eye)
            yield make_shot_row(
                "clips",
                f"{name}/{frame:05d}-{shot.side}.png",
                clip.take(frame, eye),
                clip.person,
                shot,
                subject=subject,
                session=f"{name}-{act}",
                clip=name,
                frame=frame,
            )
