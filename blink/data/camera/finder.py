import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from blink.data.camera.drawn import Range, centres, log_uniform, normal, uniform
from blink.data.camera.limits import (
    ABOVE_ZERO,
    FROM_ONE,
    NOT_NEGATIVE,
    SHARE,
    check_numbers,
    check_ranges,
)
from blink.data.camera.transform import Shape, Span, Transform

_SLACK: Final = 0.25
"""Largest move to either side, as a share of what a window and its crop differ in size. With a half
a window could go as far as its crop's border."""


@dataclass(frozen=True)
class Finder:
    """Another eye finder's window, read out of the crop with its margin.

    Beyond the crop its border goes on. Bilinear, as the runtime is where a crop is small; how soft
    a picture is, is the business of `Softness`.

    Attributes:
        height: Rows of what comes out: the net's.
        width: Columns of what comes out.
        zoom: Side of the window as a share of the crop's, smallest and largest, log-uniform.
        stretch: Largest ratio by which the window's aspect differs from the crop's, either way.
        shift: Standard deviation of the window's centre, as a share of the crop's side.
        angle: Standard deviation of its rotation, degrees.
        mirrored: Probability of a horizontal flip.

    Raises:
        ConfigError: A number is not within its limits.
    """

    height: int
    width: int
    zoom: Range = (0.6, 1.3)
    stretch: float = 1.4
    shift: float = 0.08
    angle: float = 12.0
    mirrored: float = 0.5

    def __post_init__(self) -> None:
        check_numbers(self, height=FROM_ONE, width=FROM_ONE, stretch=FROM_ONE)
        check_numbers(self, shift=NOT_NEGATIVE, angle=NOT_NEGATIVE, mirrored=SHARE)
        check_ranges(self, zoom=ABOVE_ZERO)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`. A point of the crop, from -1 to 1 each way, is a complex number here."""
        count = shape.crops
        zoom = log_uniform(rng, count, self.zoom)
        root = np.sqrt(log_uniform(rng, count, (1 / self.stretch, self.stretch)))
        turn = np.exp(np.complex64(1j) * normal(rng, count, math.radians(self.angle)))
        flip = np.where(rng.random(count, np.float32) < self.mirrored, -zoom, zoom)
        # A window smaller than the crop moves up to half of the way to the crop's borders.
        slack = np.abs(1 - zoom) * uniform(rng, 2 * count, (-_SLACK, _SLACK)).reshape(2, -1)
        x, y = 2 * (normal(rng, 2 * count, self.shift).reshape(2, -1) + slack)
        columns = (flip * root * turn)[:, None] * centres(self.width)
        rows = (1j * zoom / root * turn)[:, None] * centres(self.height) + (x + 1j * y)[:, None]
        points = (columns[:, None], rows[:, :, None])
        return [Transform(_look, Span(0, count), points, (self.height, self.width))]


def _look(levels: Tensor, columns: Tensor, rows: Tensor) -> Tensor:
    """The crops at the points that a row and a column sum up to."""
    grid = torch.view_as_real(rows + columns)
    return grid_sample(levels, grid, padding_mode="border", align_corners=False)
