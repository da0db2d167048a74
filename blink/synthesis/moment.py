"""What changes from crop to crop in a face: openness, gaze, squint, the turn of the head.

Openness is the aperture between the lids as a share of this person's widest: 0 is closed, 1 is as
wide as this eye opens. A crop is labelled by it: closed up to `CLOSED_UNTIL`, where the lashes hide
what little is open; open from `OPEN_FROM`, which takes in eyes that look down or laugh; between the
two lies the half-closed eye, which no label fits.
"""

from bisect import bisect
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from blink.contract import CLOSED, CLOSED_UNTIL, OPEN, OPEN_FROM
from blink.synthesis.chance import uniform
from blink.synthesis.eyeball import Look

Gaze = Literal["centre", "left", "right", "up", "down"]
Side = Literal["left", "right"]
Expression = Literal["calm", "squint"]


@dataclass(frozen=True)
class Moment:
    """A face at one moment.

    Attributes:
        openness: 0 to 1, see above.
        squint: 0 to 1: how hard the muscle around the eye works.
        lift: How far the lids are moved up, eye units; negative follows a look down.
        brow: How far the brow is moved down, eye units.
        yaw: How far the head is turned away, radians.
        pitch: How far it is bent, radians.
        look: Where the eye looks and what shines into it.
    """

    openness: float
    squint: float
    lift: float
    brow: float
    yaw: float
    pitch: float
    look: Look

    @property
    def label(self) -> int | None:
        """The label by the rule above."""
        if self.openness <= CLOSED_UNTIL:
            return CLOSED
        return OPEN if self.openness >= OPEN_FROM else None

    @property
    def expression(self) -> Expression | None:
        """A squint is an open eye, narrow because the muscle around it pulls; None if not open."""
        if self.label != OPEN:
            return None
        return "squint" if self.squint >= 0.5 and self.openness <= 0.65 else "calm"

    def gaze(self, side: Side) -> Gaze | None:
        """Where the person's eye of that side looks, as they would say it; None while closed."""
        if self.label == CLOSED:
            return None
        across, down = self.look.across / 0.22, self.look.down / 0.12
        if max(abs(across), abs(down)) < 1:
            return "centre"
        if abs(down) > abs(across):
            return "down" if down > 0 else "up"
        outwards = across > 0
        return "left" if outwards == (side == "left") else "right"


def sample_moment(rng: np.random.Generator, infrared: bool, label: int | None = None) -> Moment:
    """Draws a moment.

    Args:
        rng: Random numbers.
        infrared: Whether the pupil may shine.
        label: `CLOSED` or `OPEN` if the moment must have it; None for any, half-closed included.
    """
    openness, looks_down, squints = _sample_openness(rng, label)
    hard = squints or rng.random() < 0.15
    squint = uniform(rng, 0.5, 1.0) if hard else uniform(rng, 0, 0.35)
    lift = rng.normal(0.02, 0.05) + 0.12 * squint - 0.12 * looks_down
    return Moment(
        openness=openness,
        squint=squint,
        lift=float(lift),
        brow=float(rng.normal(0, 0.1) + 0.2 * squint),
        yaw=float(rng.normal(0, 0.25)),
        pitch=float(rng.normal(0, 0.2)),
        look=_sample_look(rng, looks_down, infrared),
    )


_SHUT: Final = 0.46
"""Share of closed eyes."""
_HALF: Final = 0.06
"""Share of half-closed ones."""


def _sample_openness(rng: np.random.Generator, label: int | None) -> tuple[float, bool, bool]:
    """Openness, whether the eye looks down, whether it squints."""
    first, last = {CLOSED: (0.0, _SHUT), OPEN: (_SHUT + _HALF, 1.0), None: (0.0, 1.0)}[label]
    kind = uniform(rng, first, last)
    if kind < _SHUT:
        slit = rng.random() < 0.25
        return uniform(rng, 0, CLOSED_UNTIL) if slit else 0.0, False, False
    if kind < _SHUT + _HALF:
        return uniform(rng, CLOSED_UNTIL, OPEN_FROM), bool(rng.random() < 0.3), False
    if kind < 0.57:
        return uniform(rng, OPEN_FROM, 0.75), True, False
    if kind < 0.595:
        return uniform(rng, OPEN_FROM, 0.65), False, True
    if kind < 0.61:  # tired, hooded or just narrow
        return uniform(rng, OPEN_FROM, 0.7), False, False
    return float(OPEN_FROM + (1 - OPEN_FROM) * rng.beta(6, 1.2)), False, False


def _sample_look(rng: np.random.Generator, looks_down: bool, infrared: bool) -> Look:
    wanders = rng.random() < 0.5
    across = uniform(rng, -0.5, 0.5) if wanders else rng.normal(0, 0.08)
    down = uniform(rng, 0.12, 0.3) if looks_down else rng.normal(-0.02, 0.09 if wanders else 0.04)
    glow = 0.0
    if infrared and rng.random() < 0.15:
        glow = uniform(rng, 0.15, 1.0)
    return Look(
        across=float(across),
        down=float(down),
        pupil=uniform(rng, 0.25, 0.6),
        glow=glow,
        glints=tuple(_sample_glint(rng) for _ in range(_sample_count(rng))),
        shadow=uniform(rng, 0.1, 0.8),
        reach=uniform(rng, 0.08, 0.3),
        dim=uniform(rng, 0.75, 1.05),
    )


def _sample_count(rng: np.random.Generator) -> int:
    """0 to 3, mostly 1."""
    return bisect((0.2, 0.7, 0.9), rng.random())


def _sample_glint(rng: np.random.Generator) -> tuple[float, float, float]:
    x, y = rng.normal(0, 0.12, 2).tolist()
    return x, y, uniform(rng, 0.02, 0.07)
