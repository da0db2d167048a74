"""One crop at a time: the crop `crop` of the person `number` is the same whoever asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from blink.contract import Crop
from blink.synthesis.elements import leave_out
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, sample_shot, take
from blink.synthesis.tilt import Tilt


@dataclass(frozen=True)
class Portrait:
    """A person before a camera: what one crop of a rendered data set is drawn from.

    Attributes:
        person: Whose eye.
        shot: What of it.
    """

    person: Person
    shot: Shot

    @property
    def label(self) -> int | None:
        """1 closed, 0 open, None half-closed."""
        return self.shot.moment.label

    def take(self) -> Crop:
        """The picture: uint8 (H, W), or RGB (H, W, 3) from a colour camera."""
        return take(self.person, self.shot)


@lru_cache(maxsize=64)  # a person is as much work as a crop, and their crops follow each other
def cast(number: int, seed: int, tilt: Tilt | None = None) -> Person:
    """Person `number` of a data set, from 0."""
    rng = np.random.default_rng((seed, number))
    return sample_person(rng) if tilt is None else tilt.cast(rng)


def sample_portrait(
    number: int,
    crop: int,
    seed: int,
    label: int | None = None,
    without: Sequence[str] = (),
    tilt: Tilt | None = None,
) -> Portrait:
    """Says what a crop shows; `Portrait.take` draws it.

    Args:
        number: Which person, from 0.
        crop: Which crop of theirs, from 0.
        seed: Seed of the data set.
        label: 1 or 0 if the eye must be closed or open; None for any, as `RenderedEyes` has it.
        without: Names of `blink.synthesis.elements.ELEMENTS` that are left out.
        tilt: What a fit asks for; None for the renderer's own distribution.
    """
    person = cast(number, seed, tilt)
    # From 1 on: numpy takes (seed, number, 0) for (seed, number), which is the person's own.
    rng = np.random.default_rng((seed, number, 1 + crop))
    shot = sample_shot(rng, person, label=label) if tilt is None else tilt.shoot(rng, person, label)
    return Portrait(*leave_out(person, shot, without))
