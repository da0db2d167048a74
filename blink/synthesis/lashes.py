from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blink.synthesis.frame import Field, Frame, Planes, bell, lay
from blink.synthesis.lids import Lids
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
        weight: Opacity of the lashes.
        line: Thickness of the dark line along the upper lid, eyeliner included.
        ink: Opacity of that line.
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
    lower: float


def sample_lashes(rng: np.random.Generator, painted: bool) -> LashTraits:
    """Draws lashes; painted ones are longer and darker."""
    count = int(rng.integers(14, 34))
    roots = np.linspace(-0.8, 1.0, count) + rng.normal(0, 0.03, count)
    slant = 0.75 * roots + rng.normal(0, 0.25, count)
    reach = rng.uniform(0.10, 0.30) * rng.uniform(0.6, 1.2, count) * (1 + 0.35 * roots)
    if painted:
        reach = reach * 1.3
    return LashTraits(
        roots=roots.astype(np.float32),
        slant=slant.astype(np.float32),
        reach=reach.astype(np.float32),
        thickest=float(rng.uniform(-0.3, 0.8)),
        spread=float(rng.uniform(0.65, 1.8)),
        weight=float(rng.uniform(0.2, 0.75) + 0.25 * painted),
        line=float(rng.uniform(0.02, 0.09) + 0.025 * painted),
        ink=float(min(1.0, rng.uniform(0.6, 1.1) + 0.2 * painted)),
        lower=float(rng.uniform(0.0, 0.4) + 0.15 * painted),
    )


def draw_lashes(
    planes: Planes, traits: LashTraits, lids: Lids, palette: Palette, frame: Frame
) -> None:
    """Lays the lash lines and the lashes of both lids over the eye, in place.

    Upper lashes point up and towards the camera where the eye is open, and down where it is closed.
    """
    shut = max(0.0, 1 - 3 * lids.openness)
    ink = traits.ink * lids.inside * bell(frame.x - traits.thickest, traits.spread)
    # Where the lids meet, the lashes of both hang over the lower one as one dark mass.
    line = lids.upper + 0.4 * shut * traits.line
    mask = ink * bell(frame.y - line, traits.line * (1 + 0.6 * shut))
    if shut < 1:
        mask = np.maximum(mask, 0.6 * traits.lower * ink * bell(frame.y - lids.lower, 0.03))
    mask = np.maximum(mask, traits.weight * frame.strokes(_upper(traits, lids, frame), 0.028))
    if lids.openness > 0.15 and traits.lower > 0.15:
        lower = traits.lower * frame.strokes(_lower(traits, lids, frame), 0.02)
        mask = np.maximum(mask, lower)
    lay(planes, mask, palette.hair * np.float32(0.4))


def _upper(traits: LashTraits, lids: Lids, frame: Frame) -> NDArray[np.float32]:
    # From straight down (1) when closed, over the camera's axis, to up (-0.7) when wide open.
    down = 1 - 1.7 * min(1.0, lids.openness / 0.6)
    return _curves(traits.roots, lids.upper, traits.reach, traits.slant, down, frame)


def _lower(traits: LashTraits, lids: Lids, frame: Frame) -> NDArray[np.float32]:
    return _curves(
        traits.roots[::2], lids.lower, 0.5 * traits.reach[::2], traits.slant[::2], 0.8, frame
    )


def _curves(
    roots: NDArray[np.float32],
    edge: Field,
    reach: NDArray[np.float32],
    slant: NDArray[np.float32],
    down: float,
    frame: Frame,
) -> NDArray[np.float32]:
    lines = np.empty((roots.size, _ALONG.size, 2), np.float32)
    lines[:, :, 0] = np.outer(reach * slant, _ALONG**1.5)
    lines[:, :, 0] += roots[:, None]
    lines[:, :, 1] = np.outer(down * reach, _ALONG)
    lines[:, :, 1] += np.interp(roots, frame.x[0], edge[0])[:, None]
    return lines
