"""A crop as a foreign graph wants it."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop
from blink.evaluation.foreign.adapter import Picture
from blink.runtime.crops import check_crop
from blink.runtime.preprocessing import grey

_KERNELS: Final = {
    "area": cv2.INTER_AREA,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "nearest": cv2.INTER_NEAREST,
}


def prepare(crop: Crop, picture: Picture) -> NDArray[np.generic]:
    """One crop as the graph takes it, without the batch axis.

    Args:
        crop: See `check_crop`.
        picture: What the graph takes.

    Returns:
        (C, H, W) or (H, W, C) in the picture's dtype.

    Raises:
        CropError: It is no crop.
    """
    fitted = _fit(_with_margin(check_crop(crop), picture.margin), picture)
    size = (picture.width, picture.height)
    resized = cast(Crop, cv2.resize(fitted, size, interpolation=_KERNELS[picture.kernel]))
    pixels = _coloured(resized, picture)
    if picture.dtype != "uint8":
        scaled = pixels.astype(np.float32) / np.float32(picture.scale)
        mean, std = (np.array(numbers, np.float32) for numbers in (picture.mean, picture.std))
        pixels = ((scaled - mean) / std).astype(picture.dtype)
    return pixels.transpose(2, 0, 1) if picture.layout == "nchw" else pixels


def _with_margin(crop: Crop, margin: float) -> Crop:
    height, width = crop.shape[:2]
    rows, columns = round(abs(margin) * height), round(abs(margin) * width)
    if margin >= 0:
        beside = ((rows, rows), (columns, columns), *[(0, 0)] * (crop.ndim - 2))
        return np.pad(crop, beside, "edge")
    rows, columns = min(rows, (height - 1) // 2), min(columns, (width - 1) // 2)
    return crop[rows : height - rows, columns : width - columns]


def _fit(crop: Crop, picture: Picture) -> Crop:
    """The part of a crop, or the crop on black, that has the input's aspect."""
    height, width = crop.shape[:2]
    aspect = picture.width / picture.height
    if picture.fit == "centre":
        rows = min(height, max(1, round(width / aspect)))
        columns = min(width, max(1, round(height * aspect)))
        top, left = (height - rows) // 2, (width - columns) // 2
        return crop[top : top + rows, left : left + columns]
    if picture.fit == "pad":
        rows = max(height, round(width / aspect))
        columns = max(width, round(height * aspect))
        padded = np.zeros((rows, columns, *crop.shape[2:]), np.uint8)
        top, left = (rows - height) // 2, (columns - width) // 2
        padded[top : top + height, left : left + width] = crop
        return padded
    return crop


def _coloured(crop: Crop, picture: Picture) -> NDArray[np.generic]:
    """(H, W, C) with the channels in the picture's order."""
    if picture.colour == "grey":
        return grey(crop)[..., None]
    rgb = crop if crop.ndim == 3 else np.repeat(crop[..., None], 3, axis=2)
    return rgb if picture.colour == "rgb" else rgb[..., ::-1]
