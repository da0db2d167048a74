from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from blink.synthesis.frame import Field, Frame, clamp

LidShape = Literal["single", "double", "hooded"]

FAINTEST_CREASE: Final = 0.2
"""A crease that is fainter is that of a monolid, and does not show in a crop."""


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
        upper=float(rng.uniform(0.30, 0.44) if monolid else rng.uniform(0.36, 0.56)),
        lower=float(rng.uniform(0.20, 0.32)),
        sag=float(np.clip(rng.normal(0.17, 0.11), -0.12, 0.42)),
        tilt=float(rng.normal(0.05, 0.05)),
        skew=float(rng.uniform(-0.05, 0.25)),
        roundness=float(rng.uniform(1.8, 3.0)),
        fold=float(rng.uniform(0.04, 0.34)),
        crease=float(rng.uniform(0.0, 0.15) if monolid else rng.uniform(FAINTEST_CREASE, 0.75)),
        hood=float(rng.uniform(0.3, 1.0)) if hooded else 0.0,
        pigment=float(
            rng.uniform(0.0, 0.12) + (rng.uniform(0.1, 0.4) if rng.random() < 0.15 else 0)
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
    x = frame.x
    upper, lower, closed, wide = _arches(
        x,
        reach=(1.0, 1.0, 1.0, 1.12),
        skew=(traits.skew, -0.6 * traits.skew, 0.0, 0.6 * traits.skew),
        roundness=(traits.roundness, 2.0, 2.2, 2.2),
    )
    corners = -traits.tilt * x
    shut = (1 - openness) * traits.sag * closed - lift * lower
    height = (0.62 + 0.38 * openness) * (traits.upper + (1 - traits.hood) * traits.fold)
    return Lids(
        upper=corners + shut - openness * traits.upper * upper,
        lower=corners + shut + openness * traits.lower * lower,
        crease=corners - (height + 0.3 * lift) * wide,
        inside=clamp(6 * (np.float32(1.06) - np.abs(x))),
        openness=openness,
    )


_Four = tuple[float, float, float, float]


def _arches(x: Field, reach: _Four, skew: _Four, roundness: _Four) -> Field:
    """Four profiles at once, (4, 1, W): 1 over the middle of the eye, 0 from `reach` outwards."""
    reaches, skews, exponents = np.array((reach, skew, roundness), np.float32)[:, :, None, None]
    across = np.minimum(np.maximum(x / reaches, -1), 1)
    shifted = across + skews * (1 - across * across)
    return np.asarray(1 - np.abs(shifted) ** exponents)
