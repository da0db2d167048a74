"""The ways in which one and the same crop can lie in memory."""

from collections.abc import Callable
from typing import Final

import numpy as np

from blink.contract import Crop


def _locked(crop: Crop) -> Crop:
    copy = crop.copy()
    copy.setflags(write=False)
    return copy


def _spread(crop: Crop, down: int, right: int) -> Crop:
    height, width, *channels = crop.shape
    grid = np.zeros((down * height, right * width, *channels), np.uint8)
    grid[down - 1 :: down, ::right] = crop
    return grid[down - 1 :: down, ::right]


def _framed(crop: Crop) -> Crop:
    height, width, *channels = crop.shape
    frame = np.zeros((height + 5, width + 9, *channels), np.uint8)
    frame[2:-3, 4:-5] = crop
    return frame[2:-3, 4:-5]


def _planes(crop: Crop) -> Crop:
    if crop.ndim == 2:
        return crop
    return np.ascontiguousarray(crop.transpose(2, 0, 1)).transpose(1, 2, 0)


def _turned(crop: Crop, *axes: int) -> Crop:
    return np.flip(np.ascontiguousarray(np.flip(crop, axes)), axes)


WAYS: Final[dict[str, Callable[[Crop], Crop]]] = {
    "contiguous": np.ascontiguousarray,
    "read-only": _locked,
    "Fortran order": np.asfortranarray,
    "transposed": lambda crop: np.ascontiguousarray(crop.swapaxes(0, 1)).swapaxes(0, 1),
    "upside down": lambda crop: _turned(crop, 0),
    "mirrored": lambda crop: _turned(crop, 1),
    "turned by 180°": lambda crop: _turned(crop, 0, 1),
    "channels reversed": lambda crop: _turned(crop, crop.ndim - 1),
    "channels in planes": _planes,
    "every other line": lambda crop: _spread(crop, 2, 1),
    "every third line, every other column": lambda crop: _spread(crop, 3, 2),
    "cut out of a frame": _framed,
}
"""Name → a copy that equals the crop and lies otherwise: strided, turned, negative, read-only."""


def in_turn(number: int, crop: Crop) -> Crop:
    """The crop in the next of these ways."""
    ways = list(WAYS.values())
    return ways[number % len(ways)](crop)
