"""Crops of eyes that are cut or stored wrong, made from right ones."""

import cv2
import numpy as np

from blink.contract import Crop

_TILES = 4


def corner(crop: Crop, rng: np.random.Generator) -> Crop:
    """One of the four quarters: a lid's corner, brow and skin at most."""
    height, width = crop.shape[0] // 2, crop.shape[1] // 2
    top, left = rng.integers(0, 2, 2) * (crop.shape[0] - height, crop.shape[1] - width)
    return _own(crop[top : top + height, left : left + width])


def edge(crop: Crop, rng: np.random.Generator) -> Crop:
    """The upper or the lower third: the brow, or the skin beneath the eye."""
    height = max(2, crop.shape[0] // 3)
    return _own(crop[:height] if rng.random() < 0.5 else crop[-height:])


def shifted(crop: Crop, rng: np.random.Generator) -> Crop:
    """Moved by half of its width, with black where the picture has ended."""
    reach = crop.shape[1] // 2
    moved = np.zeros_like(crop)
    if rng.random() < 0.5:
        moved[:, reach:] = crop[:, : crop.shape[1] - reach]
    else:
        moved[:, : crop.shape[1] - reach] = crop[:, reach:]
    return moved


def turned(crop: Crop, rng: np.random.Generator) -> Crop:
    """Lying on its side."""
    return _own(np.rot90(crop, 1 if rng.random() < 0.5 else 3))


def upside_down(crop: Crop, _rng: np.random.Generator) -> Crop:
    """Standing on its head."""
    return _own(crop[::-1, ::-1])


def shuffled(crop: Crop, rng: np.random.Generator) -> Crop:
    """In tiles that have lost their order, as after a wrong stride."""
    side = max(_TILES, min(crop.shape[:2]) // _TILES * _TILES)
    square = np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    tiles = [tile for row in np.split(square, _TILES) for tile in np.split(row, _TILES, axis=1)]
    order = rng.permutation(len(tiles)).reshape(_TILES, _TILES)
    rows = [np.concatenate([tiles[place] for place in row], axis=1) for row in order]
    return np.concatenate(rows)


def _own(part: Crop) -> Crop:
    return np.ascontiguousarray(part)
