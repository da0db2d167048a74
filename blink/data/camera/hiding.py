from dataclasses import dataclass

import numpy as np
from torch import Tensor

from blink.data.camera.drawn import (
    Floats,
    Range,
    centres,
    each,
    log_uniform,
    normal,
    over_columns,
    over_rows,
    sample_span,
    uniform,
)
from blink.data.camera.limits import (
    ABOVE_ZERO,
    NOT_NEGATIVE,
    SHARE,
    check_numbers,
    check_ranges,
)
from blink.data.camera.transform import Shape, Transform


@dataclass(frozen=True)
class Glare:
    """Bright spots on the eye or on glasses: one or two soft discs near the middle.

    Attributes:
        share: Of the crops that a first spot falls on; a second one falls on half as many,
            whether or not there is a first.
        size: Radius as a share of half the crop, smallest and largest, log-uniform.
        strength: Levels that are added in the middle of a spot, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.15
    size: Range = (0.05, 0.5)
    strength: Range = (60.0, 300.0)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, size=ABOVE_ZERO, strength=NOT_NEGATIVE)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        return [self._spot(rng, shape, share) for share in (self.share, self.share / 2)]

    def _spot(self, rng: np.random.Generator, shape: Shape, share: float) -> Transform:
        span = sample_span(rng, shape.crops, share)
        count = span.crops
        x, y = normal(rng, 2 * count, 0.35).reshape(2, -1)
        size = log_uniform(rng, count, self.size)
        aspect = log_uniform(rng, count, (0.6, 1.7))
        strength = uniform(rng, count, self.strength)
        columns = strength[:, None] * _bump(shape.width, x, size * aspect)
        rows = _bump(shape.height, y, size / aspect)
        return Transform(Tensor.addcmul_, span, (over_columns(columns), over_rows(rows)))


def _bump(size: int, centre: Floats, radius: Floats) -> Floats:
    """1 in the centre and 0 far from it, along a line for each: (M, size)."""
    away = np.square((centres(size) - centre[:, None]) / radius[:, None])
    bump: Floats = np.exp(-np.square(away))
    return bump


@dataclass(frozen=True)
class Occlusion:
    """Something before the eye: a box of one brightness.

    Attributes:
        share: Of the crops that have one.
        size: Sides as shares of the crop's, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.2
    size: Range = (0.1, 0.35)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, size=SHARE)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        span = sample_span(rng, shape.crops, self.share)
        count = span.crops
        wide, high = uniform(rng, 2 * count, self.size).reshape(2, -1)
        x, y = uniform(rng, 2 * count, (-1, 1)).reshape(2, -1)
        columns = _inside(shape.width, x, wide)
        rows = _inside(shape.height, y, high)
        level = each(uniform(rng, count, (0, 255)))
        return [Transform(_cover, span, (over_columns(columns), over_rows(rows), level))]


def _inside(size: int, centre: Floats, reach: Floats) -> Floats:
    """1 so near to the centre and 0 elsewhere, along a line for each: (M, size)."""
    near: Floats = (np.abs(centres(size) - centre[:, None]) < reach[:, None]).astype(np.float32)
    return near


def _cover(levels: Tensor, columns: Tensor, rows: Tensor, level: Tensor) -> Tensor:
    hidden = columns * rows
    return levels.mul_(1 - hidden).add_(hidden.mul_(level))
