import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from blink.data.camera.drawn import Floats, Range, sample_span, uniform
from blink.data.camera.limits import SHARE, Limits, check_numbers, check_ranges
from blink.data.camera.transform import Shape, Transform

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
        share: Of the crops that it is applied to.
        quality: As libjpeg counts it, 1 to 100, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.2
    quality: Range = (20.0, 90.0)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, quality=_QUALITY)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        span = sample_span(rng, shape.crops, self.share)
        quality = uniform(rng, span.crops, self.quality)
        percent = np.where(quality < 50, 5000 / quality, 200 - 2 * quality)
        return [Transform(_compress, span, (_steps(percent, shape),))]


def _steps(percent: Floats, shape: Shape) -> Floats:
    """How coarsely each cosine of each block is rounded: (M, 1, H, W), whole numbers of 1 to 255.

    H and W are the shape's, as far as the ends of their last blocks.
    """
    exact = percent[:, None, None] * _LUMINANCE / 100
    steps = np.floor(exact + 0.5).clip(1, 255).astype(np.float32)
    across = -(-shape.height // _SIDE), -(-shape.width // _SIDE)
    tiled: Floats = np.tile(steps, across)[:, None]
    return tiled


def _compress(levels: Tensor, steps: Tensor) -> Tensor:
    """Every block by its own."""
    rows, columns = (_cosines(size, levels.device) for size in levels.shape[2:])
    waves = rows.there @ levels.clamp_(0, 255).sub_(128) @ columns.there.T
    rounded = waves.div_(steps).round_().mul_(steps)
    return (rows.back @ rounded @ columns.back.T).add_(128)


class _Transform(NamedTuple):
    """A line of pixels into the cosines of its blocks, and back: matrices.

    Attributes:
        there: (waves, pixels); a last block that the line does not fill gets its border's level.
        back: (pixels, waves).
    """

    there: Tensor
    back: Tensor


@lru_cache(maxsize=8)
def _cosines(size: int, device: torch.device) -> _Transform:
    """The orthonormal cosine transform, block by block."""
    place, wave = np.arange(_SIDE) + 0.5, np.arange(_SIDE)[:, None]
    block = np.cos(np.pi * wave * place / _SIDE) * math.sqrt(2 / _SIDE)
    block[0] /= math.sqrt(2)
    blocks = -(-size // _SIDE)
    whole = np.kron(np.eye(blocks), block)
    filled = np.eye(size)[np.minimum(np.arange(blocks * _SIDE), size - 1)]
    there, back = whole @ filled, whole.T[:size]
    return _Transform(*(torch.from_numpy(m.astype(np.float32)).to(device) for m in (there, back)))
