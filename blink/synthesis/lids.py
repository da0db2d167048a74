from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, Frame, clamp

LidShape = Literal["single", "double", "hooded"]

FAINTEST_CREASE: Final = 0.2
"""A crease that is fainter is that of a monolid, and does not show in a crop."""


_X: Final = np.linspace(-1.2, 1.2, 961, dtype=np.float32)
"""Where the arches of a person's lids are drawn: so densely that a frame takes the nearest."""


@dataclass(frozen=True)
class LidTraits:
    """The lids of a person, in eye units.

    Attributes:
        upper: Height of the upper lid's edge over the corners, eye wide open.
        lower: Depth of the lower lid's edge below the corners, eye wide open.
        sag: Depth of the closed lash line below the corners; seldom below zero.
        tilt: How much higher the outer corner lies than the inner one, per eye unit.
        skew: How far towards the nose the upper lid has its peak.
        roundness: Exponent of the profile: 2 is a parabola, more is a flatter, boxier lid.
        fold: Height of the crease over the wide-open edge.
        crease: Darkness of the crease: near 0 is a monolid.
        hood: How far the skin above the crease hangs over the lid, 0 to 1.
        pigment: Darkness of the lid's own skin; where it is painted, of the paint too.
    """

    upper: float
    lower: float
    sag: float
    tilt: float
    skew: float
    roundness: float
    fold: float
    crease: float
    hood: float
    pigment: float

    @cached_property
    def arches(self) -> Field:
        """(5, N) profiles over `_X`: of both lids, the closed lid and the crease, and `inside`.

        Of each arch, 1 is over the middle of the eye, and 0 from its reach outwards.
        """
        reach, skew, exponent = np.array(
            (
                (1.0, 1.0, 1.0, 1.12),
                (self.skew, -0.6 * self.skew, 0.0, 0.6 * self.skew),
                (self.roundness, 2.0, 2.2, 2.2),
            ),
            np.float32,
        )[:, :, None]
        across = np.clip(_X / reach, -1, 1)
        shifted = across + skew * (1 - across * across)
        inside = clamp(6 * (np.float32(1.06) - np.abs(_X)))
        return np.vstack([1 - np.abs(shifted) ** exponent, inside])

    @property
    def shape(self) -> LidShape:
        """What an observer would call the upper lid; without a crease nothing can hang over it."""
        if self.crease < FAINTEST_CREASE:
            return "single"
        return "hooded" if self.hood > 0 else "double"


@dataclass(frozen=True)
class Lids:
    """The lids of one moment as curves over the columns of a frame, each (1, W).

    Attributes:
        upper: Edge of the upper lid.
        lower: Edge of the lower lid; the same as `upper` where the eye is closed.
        crease: The fold of the upper lid.
        inside: 1 between the corners, fading to 0 beyond them.
        openness: See `blink.synthesis.moment`.
    """

    upper: Field
    lower: Field
    crease: Field
    inside: Field
    openness: float


def sample_lids(rng: np.random.Generator, aged: float) -> LidTraits:
    """Draws lids; with age (0 to 1) they droop and fold."""
    monolid = rng.random() < 0.25
    hooded = rng.random() < 0.2 + 0.3 * aged
    return LidTraits(
        upper=uniform(rng, 0.30, 0.44) if monolid else uniform(rng, 0.36, 0.56),
        lower=uniform(rng, 0.20, 0.32),
        sag=float(np.clip(rng.normal(0.17, 0.11), -0.12, 0.42)),
        tilt=float(rng.normal(0.05, 0.05)),
        skew=uniform(rng, -0.05, 0.25),
        roundness=uniform(rng, 1.8, 3.0),
        fold=uniform(rng, 0.04, 0.34),
        crease=uniform(rng, 0.0, 0.15) if monolid else uniform(rng, FAINTEST_CREASE, 0.75),
        hood=uniform(rng, 0.3, 1.0) if hooded else 0.0,
        pigment=float(
            uniform(rng, 0.0, 0.12) + (uniform(rng, 0.1, 0.4) if rng.random() < 0.15 else 0)
        ),
    )


def pose_lids(traits: LidTraits, openness: float, lift: float, frame: Frame) -> Lids:
    """The curves of the lids at an openness.

    The aperture is exactly `openness` times the person's widest: that is what openness means.

    Args:
        traits: The person's lids.
        openness: 0 closed, 1 as wide as this person's eye opens.
        lift: Moves both edges up between the corners (a smile), or down (a look down), eye units.
        frame: Where to draw.
    """
    column = (frame.x[0] - _X[0]) * np.float32(1 / (_X[1] - _X[0])) + np.float32(0.5)
    arches = traits.arches.take(column.astype(np.intp), axis=1, mode="clip")
    shut, height = (1 - openness) * traits.sag, traits.upper + (1 - traits.hood) * traits.fold
    weights = (  # of the arches of both lids, the closed lid and the crease
        (-openness * traits.upper, -lift, shut, 0),
        (0, openness * traits.lower - lift, shut, 0),
        (0, 0, 0, -(0.62 + 0.38 * openness) * height - 0.3 * lift),
    )
    curves = np.array(weights, np.float32) @ arches[:4]
    curves -= np.float32(traits.tilt) * frame.x  # the corners
    return Lids(curves[0:1], curves[1:2], curves[2:3], arches[4:], openness)
