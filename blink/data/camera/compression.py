import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from blink.data.camera.drawn import Floats, Range, picked, uniform
from blink.data.camera.happening import Happening, Shape
from blink.data.camera.limits import SHARE, Limits, check_numbers, check_ranges

_SIDE: Final = 8
_QUALITY: Final = Limits(1, 100, "from 1 to 100")

_LUMINANCE: Final = np.array(
    [
        (16, 11, 10, 16, 24, 40, 51, 61),
        (12, 12, 14, 19, 26, 58, 60, 55),
        (14, 13, 16, 24, 40, 57, 69, 56),
        (14, 17, 22, 29, 51, 87, 80, 62),
        (18, 22, 37, 56, 68, 109, 103, 77),
        (24, 35, 55, 64, 81, 104, 113, 92),
        (49, 64, 78, 87, 103, 121, 120, 101),
        (72, 92, 95, 98, 112, 100, 103, 99),
    ],
    np.float32,
)


@dataclass(frozen=True)
class Compression:
    """What JPEG leaves: each block of 8×8 in its cosines, rounded by the standard's table.

    The net's crop is compressed, not the camera's picture, so blocks are large for an eye, as in
    the smallest pictures; colours are compressed like grey. Source of table and scaling: ITU-T T.81
    annex K.1; libjpeg's quality.

    Attributes:
        share: Of the crops that it happens to.
        quality: As libjpeg counts it, 1 to 100, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.2
    quality: Range = (20.0, 90.0)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, quality=_QUALITY)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Happening]:
        """See `Step`."""
        places = picked(rng, shape.crops, self.share)
        quality = uniform(rng, len(places), self.quality)
        percent = np.where(quality < 50, 5000 / quality, 200 - 2 * quality)
        return [Happening(_compress, places, (_steps(percent),))]


def _steps(percent: Floats) -> Floats:
    """How coarsely each cosine is rounded: (M, 1, 1, 1, 64), whole numbers of 1 to 255."""
    exact = percent[:, None] * _LUMINANCE.reshape(-1) / 100
    steps: Floats = np.floor(exact + 0.5).clip(1, 255).astype(np.float32)
    return steps[:, None, None, None]


def _compress(levels: Tensor, steps: Tensor) -> Tensor:
    """Every block by its own, the border going on to the last one's end."""
    several, channels, height, width = levels.shape
    missing = (-width % _SIDE, -height % _SIDE)
    levels = levels.clamp_(0, 255).sub_(128)
    if any(missing):
        levels = pad(levels, (0, missing[0], 0, missing[1]), mode="replicate")
    down, along = levels.shape[2] // _SIDE, levels.shape[3] // _SIDE
    blocks = levels.view(several, channels, down, _SIDE, along, _SIDE).transpose(3, 4)
    cosines = _cosines(levels.device)
    waves = blocks.reshape(several, channels, down, along, _SIDE * _SIDE) @ cosines
    rounded = waves.div_(steps).round_().mul_(steps) @ cosines.T
    rounded = rounded.view(several, channels, down, along, _SIDE, _SIDE).transpose(3, 4)
    return rounded.reshape(levels.shape)[:, :, :height, :width].add_(128)


@lru_cache(maxsize=8)
def _cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of a block, (64 pixels, 64 waves)."""
    place, wave = np.arange(_SIDE) + 0.5, np.arange(_SIDE)[:, None]
    line = np.cos(np.pi * wave * place / _SIDE) * math.sqrt(2 / _SIDE)
    line[0] /= math.sqrt(2)
    return torch.from_numpy(np.kron(line, line).T.astype(np.float32)).to(device)
