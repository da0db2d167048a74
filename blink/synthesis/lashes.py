from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, Frame, Planes, bell, lay
from blink.synthesis.lids import Lids
from blink.synthesis.makeup import Makeup
from blink.synthesis.palette import Palette

_ALONG = np.array([0.0, 0.5, 1.0], np.float32)
"""Points of a lash, from its root."""


@dataclass(frozen=True)
class LashTraits:
    """The lashes of a person, in eye units.

    Attributes:
        roots: (N,) x of the upper lashes.
        slant: (N,) how far each leans outwards per length.
        reach: (N,) length of each.
        thickest: x where the line along the upper lid is darkest.
        spread: How far the line reaches from there.
        weight: Opacity of the single lashes.
        line: Thickness of the dark line along the upper lid.
        ink: Opacity of that line.
        hang: How far below a closed lid the lashes look like one mass.
        lower: Opacity of the lower lashes and of the line along the lower lid.
    """

    roots: NDArray[np.float32]
    slant: NDArray[np.float32]
    reach: NDArray[np.float32]
    thickest: float
    spread: float
    weight: float
    line: float
    ink: float
    hang: float
    lower: float

    @cached_property
    def grown(self) -> NDArray[np.float32]:
        """(N, K, 2) points of each lash from its root, as if it hung straight down."""
        across = (self.reach * self.slant)[:, None] * _ALONG**1.5
        return np.stack([across, self.reach[:, None] * _ALONG], axis=2)


def sample_lashes(rng: np.random.Generator) -> LashTraits:
    """Draws lashes."""
    count = int(rng.integers(12, 34))
    roots = np.linspace(-0.8, 1.0, count) + rng.normal(0, 0.03, count)
    slant = 0.75 * roots + rng.normal(0, 0.25, count)
    reach = uniform(rng, 0.08, 0.30) * rng.uniform(0.6, 1.2, count) * (1 + 0.35 * roots)
    return LashTraits(
        roots=roots.astype(np.float32),
        slant=slant.astype(np.float32),
        reach=reach.astype(np.float32),
        thickest=uniform(rng, -0.4, 0.9),
        spread=uniform(rng, 0.9, 2.6),
        weight=uniform(rng, 0.1, 0.75),
        line=uniform(rng, 0.04, 0.13),
        ink=min(1.0, uniform(rng, 0.7, 1.4)),
        hang=uniform(rng, 0.0, 0.22),
        lower=uniform(rng, 0.0, 0.45),
    )


def draw_lashes(
    planes: Planes, traits: LashTraits, makeup: Makeup, lids: Lids, palette: Palette, frame: Frame
) -> None:
    """Lays the lash lines and the lashes of both lids over the eye, in place.

    Upper lashes point up and towards the camera where the eye is open, and down where it is closed.
    """
    shut, paint = max(0.0, 1 - 3 * lids.openness), makeup.mascara
    # An open lid shows its roots alone; where it is shut, the lashes lie over them.
    thick = (0.5 + 0.5 * shut) * (traits.line + makeup.liner)
    hang = shut * (traits.hang + 0.12 * paint)
    rows, band = frame.band(
        float(lids.upper.min()) - 0.55, float(lids.lower.max()) + 0.3 + 2 * thick + 2 * hang
    )
    ink = lids.inside * bell(band.x - traits.thickest, traits.spread)
    ink *= min(1.0, traits.ink + 0.3 * paint)
    # Where the lids meet, the lashes of both hang over the lower one as one dark mass.
    below = band.y - lids.upper - np.float32(0.4 * shut * thick)
    below = np.maximum(below * np.float32(thick / (thick + hang)), -below)
    mask = ink * bell(below, thick)
    if shut < 1:
        line = 0.6 * min(1.0, traits.lower + 0.5 * paint)
        mask = np.maximum(mask, line * ink * bell(band.y - lids.lower, 0.03))
    weight = min(1.0, traits.weight + 0.35 * paint)
    if traits.roots.size:
        mask = np.maximum(mask, weight * band.strokes(_upper(traits, paint, lids, band), 0.028))
        if lids.openness > 0.15 and traits.lower > 0.15:
            lower = traits.lower * band.strokes(_lower(traits, lids, band), 0.02)
            mask = np.maximum(mask, lower)
    lay(planes[:, rows], mask, palette.hair * np.float32(0.4))


def _upper(traits: LashTraits, paint: float, lids: Lids, frame: Frame) -> NDArray[np.float32]:
    # From straight down (1) when closed, over the camera's axis, to up (-0.7) when wide open.
    down = 1 - 1.7 * min(1.0, lids.openness / 0.6)
    longer = 1 + 0.4 * paint
    return _curves(traits, slice(None), lids.upper, (longer, longer * down), frame)


def _lower(traits: LashTraits, lids: Lids, frame: Frame) -> NDArray[np.float32]:
    return _curves(traits, slice(None, None, 2), lids.lower, (0.5, 0.4), frame)


def _curves(
    traits: LashTraits, some: slice, edge: Field, length: tuple[float, float], frame: Frame
) -> NDArray[np.float32]:
    """The lashes at the edge of a lid; `length` is across and down, of what grows there."""
    roots = traits.roots[some]
    lines = traits.grown[some] * np.array(length, np.float32)
    lines[:, :, 0] += roots[:, None]
    lines[:, :, 1] += np.interp(roots, frame.x[0], edge[0])[:, None]
    return lines
