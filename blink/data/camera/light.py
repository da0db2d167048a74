from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from blink.data.camera.drawn import (
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
    FINITE,
    NOT_NEGATIVE,
    SHARE,
    check_numbers,
    check_ranges,
)
from blink.data.camera.transform import Shape, Transform


@dataclass(frozen=True)
class Tone:
    """Exposure and contrast, then the tone curve; what leaves the range is cut off.

    Attributes:
        share: Of the crops whose exposure and contrast change, and of those whose curve does.
        exposure: Factor of the levels, smallest and largest, log-uniform.
        black: Added to the levels, as a share of the range, smallest and largest.
        gamma: Exponent of the curve, smallest and largest, log-uniform.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.4
    exposure: Range = (0.7, 1.45)
    black: Range = (-0.2, 0.2)
    gamma: Range = (0.55, 1.7)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, exposure=ABOVE_ZERO, black=FINITE, gamma=ABOVE_ZERO)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        exposed, curved = (sample_span(rng, shape.crops, self.share) for _ in range(2))
        factor = log_uniform(rng, exposed.crops, self.exposure)
        black = 255 * uniform(rng, exposed.crops, self.black)
        gamma = log_uniform(rng, curved.crops, self.gamma)
        return [
            Transform(_expose, exposed, (each(factor), each(black))),
            Transform(_bend, curved, (each(gamma),)),
        ]


def _expose(levels: Tensor, factor: Tensor, black: Tensor) -> Tensor:
    return levels.mul_(factor).add_(black).clamp_(0, 255)


def _bend(levels: Tensor, gamma: Tensor) -> Tensor:
    # Twice as fast as `pow_`; the logarithm of 0 ends at 0 again.
    return levels.clamp_(0, 255).div_(255).log_().mul_(gamma).exp_().mul_(255)


@dataclass(frozen=True)
class Illumination:
    """Light from a side: a slope of log-brightness, and the edge of a shadow.

    Attributes:
        share: Share of the crops with a slope.
        slope: Standard deviation of the log-brightness from the middle to the border.
        shadow: Share of the crops over which a shadow's edge lies.
        depth: What a shadow leaves of the light, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.3
    slope: float = 0.35
    shadow: float = 0.08
    depth: Range = (0.35, 0.85)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE, slope=NOT_NEGATIVE, shadow=SHARE)
        check_ranges(self, depth=SHARE)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        return [self._sloping(rng, shape), self._shaded(rng, shape)]

    def _sloping(self, rng: np.random.Generator, shape: Shape) -> Transform:
        span = sample_span(rng, shape.crops, self.share)
        x, y = normal(rng, 2 * span.crops, self.slope).reshape(2, -1, 1)
        columns, rows = np.exp(x * centres(shape.width)), np.exp(y * centres(shape.height))
        return Transform(_light, span, (over_columns(columns), over_rows(rows)))

    def _shaded(self, rng: np.random.Generator, shape: Shape) -> Transform:
        span = sample_span(rng, shape.crops, self.shadow)
        count = span.crops
        angle = uniform(rng, count, (0, 2 * np.pi))[:, None]
        place = uniform(rng, count, (-0.7, 0.7))[:, None]
        missing = 1 - uniform(rng, count, self.depth)
        columns = 8 * np.cos(angle) * centres(shape.width)
        rows = 8 * (np.sin(angle) * centres(shape.height) - place)
        numbers = (over_columns(columns), over_rows(rows), each(missing))
        return Transform(_shade, span, numbers)


def _light(levels: Tensor, columns: Tensor, rows: Tensor) -> Tensor:
    return levels.mul_(columns).mul_(rows)


def _shade(levels: Tensor, columns: Tensor, rows: Tensor, missing: Tensor) -> Tensor:
    """The further beyond the edge, the more is missing."""
    return levels.mul_(1 - missing * torch.sigmoid(columns + rows))
