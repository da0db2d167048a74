"""How sharp a picture is."""

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blink.data.camera.drawn import Floats, Range, sample_span
from blink.data.camera.limits import (
    ABOVE_ZERO,
    NOT_NEGATIVE,
    SHARE,
    check_numbers,
    check_ranges,
)
from blink.data.camera.transform import Shape, Transform

_KINDS: Final = 5
_MOTION: Final = 1
_STRENGTHS: Final = 12


@dataclass(frozen=True)
class Softness:
    """Gaussian blur, motion blur, down- and upsampling, unsharp masking.

    Each is a matrix for the rows and one for the columns, out of a bank that is made once.

    Attributes:
        share: Of the crops that it is applied to.
        blur: Deviation of Gaussian blur, pixels of the net, smallest and largest.
        motion: Longest path of a moving camera or head, pixels.
        fewer: Smallest share of the pixels a side that a poorer camera would have had.
        sharpening: Strongest halo of a camera's software.

    Raises:
        ConfigError: A number is not within its limits.
    """

    share: float = 0.5
    blur: Range = (0.3, 1.6)
    motion: float = 5.0
    fewer: float = 0.3
    sharpening: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, share=SHARE, fewer=SHARE)
        check_numbers(self, motion=NOT_NEGATIVE, sharpening=NOT_NEGATIVE)
        check_ranges(self, blur=ABOVE_ZERO)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        span = sample_span(rng, shape.crops, self.share)
        count = span.crops
        kind, strength = rng.integers(_KINDS, size=count), rng.integers(_STRENGTHS, size=count)
        moves_down = rng.random(count, np.float32) < 0.5
        number = 1 + kind * _STRENGTHS + strength
        rows = np.where((kind == _MOTION) & ~moves_down, 0, number)
        columns = np.where((kind == _MOTION) & moves_down, 0, number)
        return [Transform(partial(_resample, self), span, (rows, columns))]


def _resample(softness: Softness, levels: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Both matrices of each crop, by their numbers in the bank."""
    by_row, by_column = (_bank(size, softness, levels.device) for size in levels.shape[2:])
    down = by_row.index_select(0, rows)[:, None]
    along = by_column.index_select(0, columns)[:, None].transpose(2, 3)
    return torch.matmul(torch.matmul(down, levels), along)


@lru_cache(maxsize=8)
def _bank(size: int, softness: Softness, device: torch.device) -> Tensor:
    """(1 + kinds · strengths, size, size): the identity, then each kind from weak to strong."""
    identity = np.eye(size, dtype=np.float32)
    made = [identity]
    steps = np.linspace(0, 1, _STRENGTHS)
    low, high = softness.blur
    made += [gaussian(size, low + (high - low) * step) for step in steps]
    made += [_box(size, 1 + (softness.motion - 1) * step) for step in steps]
    for kernel in (cv2.INTER_LINEAR, cv2.INTER_NEAREST):
        made += [_fewer(identity, 1 - (1 - softness.fewer) * step, kernel) for step in steps]
    for step in steps:
        halo = softness.sharpening * step
        made.append((1 + halo) * identity - halo * gaussian(size, 1.0))
    return torch.from_numpy(np.stack(made).astype(np.float32)).to(device)


def gaussian(size: int, deviation: float) -> Floats:
    """Gaussian blur along a line, as a matrix (size, size)."""
    reach = max(1, math.ceil(3 * deviation))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / deviation) ** 2)
    return _sliding(size, offsets, weights)


def _box(size: int, length: float) -> Floats:
    """The mean over a path of this length; the ends count as far as they are covered."""
    reach = math.ceil((length - 1) / 2)
    offsets = np.arange(-reach, reach + 1)
    weights = np.clip(length / 2 + 0.5 - np.abs(offsets), 0, 1)
    return _sliding(size, offsets, weights)


def _sliding(size: int, offsets: NDArray[np.int64], weights: NDArray[np.float64]) -> Floats:
    """The matrix of a kernel that slides over a line whose border goes on."""
    matrix = np.zeros((size, size))
    for place in range(size):
        np.add.at(matrix[place], np.clip(place + offsets, 0, size - 1), weights)
    averaging: Floats = (matrix / weights.sum()).astype(np.float32)
    return averaging


def _fewer(identity: Floats, share: float, kernel: int) -> Floats:
    """Fewer pixels by their mean, then as many again by interpolation."""
    size = len(identity)
    small = cv2.resize(identity, (size, max(2, round(share * size))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (size, size), interpolation=kernel), np.float32)
