from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.synthesis.atlas import MAP, sample_map
from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, Frame, Planes, lay
from blink.synthesis.palette import Palette


@dataclass(frozen=True)
class BrowTraits:
    """A person's brow.

    Attributes:
        hairs: (H, W) of `MAP`: how much of the skin the brow covers, 0 to 1.
    """

    hairs: Field


def sample_brow(rng: np.random.Generator, heavy: bool) -> BrowTraits:
    """Draws a brow; a heavy one lies lower and is thicker."""
    count = int(rng.integers(60, 140))
    along = rng.uniform(0, 1, count)
    height = uniform(rng, 0.45, 1.1) if heavy else uniform(rng, 0.6, 1.35)
    thickness = uniform(rng, 0.2, 0.5) if heavy else uniform(rng, 0.1, 0.34)
    x, y, direction = _spine(rng, along, height)
    taper = thickness * np.clip(1.15 - along, 0.15, 1) * np.clip(along * 6 + 0.4, 0, 1)
    root = np.stack([x, y + taper * rng.uniform(-0.5, 1.0, count)], axis=1)
    length = rng.uniform(0.15, 0.35, count)[:, None]
    lines = np.stack([root, root + length * direction], axis=1)
    strokes = MAP.strokes(lines, 0.05)
    body = cv2.GaussianBlur(strokes, (0, 0), uniform(rng, 1.5, 4.5))
    density, single = uniform(rng, 0.25, 1.1), uniform(rng, 0.0, 0.4)
    return BrowTraits(np.clip(density * (single * strokes + body), 0, 0.95))


def _spine(
    rng: np.random.Generator, along: NDArray[np.float64], height: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    start, end = uniform(rng, -1.35, -0.85), uniform(rng, 1.2, 1.9)
    arch, peak = uniform(rng, 0.05, 0.35), uniform(rng, 0.5, 0.8)
    x = start + (end - start) * along
    rise = np.where(along < peak, along / peak, 1 - ((along - peak) / (1 - peak)) ** 2)
    y = -height - arch * rise + 0.12 * along
    # Hairs stand up at the nose and lie down towards the temple.
    angle = -1.2 * (1 - along) ** 2 - 0.25 + 0.5 * along + rng.normal(0, 0.2, along.size)
    return x, y, np.stack([np.cos(angle), np.sin(angle)], axis=1)


def draw_brow(
    planes: Planes, traits: BrowTraits, shift: float, palette: Palette, frame: Frame
) -> None:
    """Lays the brow over the skin, moved down by `shift` eye units, in place."""
    lay(planes, sample_map(traits.hairs, frame, shift), palette.hair)
