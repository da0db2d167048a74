import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

from blink.data.camera.drawn import Range, each, sample_span, uniform
from blink.data.camera.limits import NOT_NEGATIVE, SHARE, check_numbers, check_ranges
from blink.data.camera.transform import Shape, Transform

_GRAIN: Final = 1 << 22


@dataclass(frozen=True)
class Noise:
    """The sensor's noise: each crop gets a piece of white noise, or its negative.

    The noise itself is drawn once, a few thousand pieces of it.

    Attributes:
        share: Of the crops that it is applied to.
        deviation: Its standard deviation in levels, smallest and largest.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.4
    deviation: Range = (1.0, 9.0)

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE)
        check_ranges(self, deviation=NOT_NEGATIVE)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        span = sample_span(rng, shape.crops, self.share)
        count = span.crops
        sign = np.where(rng.random(count, np.float32) < 0.5, -1, 1)
        strength = (sign * uniform(rng, count, self.deviation)).astype(np.float32)
        which = rng.integers(_GRAIN // math.prod(shape[1:]), size=count)
        return [Transform(_grained, span, (which, each(strength)))]


def _grained(levels: Tensor, which: Tensor, strength: Tensor) -> Tensor:
    size = levels[0].numel()
    pieces = _grain(levels.device)[: _GRAIN // size * size].view(-1, size)
    return levels.add_(pieces.index_select(0, which).view_as(levels).mul_(strength))


@lru_cache(maxsize=8)
def _grain(device: torch.device) -> Tensor:
    drawn = np.random.default_rng(0).standard_normal(_GRAIN, np.float32)
    return torch.from_numpy(drawn).to(device)
