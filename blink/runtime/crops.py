"""What a crop is, and what is said of what is none."""

from collections.abc import Sequence
from os import PathLike
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import CropError
from blink.contract.intelligence import Crop

SMALLEST_SIDE: Final = 8
"""Crops below 8×8 pixels hold no eye that anybody could judge."""

_UINT8: Final = np.dtype(np.uint8)

_PLANES: Final = {1: "crop[..., 0]", 2: "crop[..., 0]", 4: "crop[..., :3]"}
"""What makes a crop of a picture of so many channels."""

_TO_UINT8: Final = {
    "b": "write crop.astype(np.uint8) * 255",
    "f": "scale to 0..255, round, and check for NaN first",
    **dict.fromkeys(
        "iu",
        "shift levels of 16 bits, (crop >> 8).astype(np.uint8), those of 10, 12 or 14 by 2, 4 or "
        "6; a cast alone is right for 0..255, and wraps what is beyond silently",
    ),
}
"""Kind of a type → how its values become uint8."""

_NO_LISTS: Final = (str, bytes, memoryview)
"""Sequences that hold no crops."""


def check_crop(crop: Crop) -> Crop:
    """Returns the crop if it is one.

    Args:
        crop: uint8, (H, W) or (H, W, 3), both sides at least 8.

    Raises:
        CropError: It is no array, of another type or rank, or too small.
    """
    check_pixels(crop)
    if crop.shape[0] < SMALLEST_SIDE or crop.shape[1] < SMALLEST_SIDE:
        raise CropError(
            f"A crop is at least {SMALLEST_SIDE}×{SMALLEST_SIDE} pixels, not {crop.shape[:2]}."
        )
    return crop


def check_pixels(crop: Crop) -> None:
    """As `check_crop`, whatever the size.

    Raises:
        CropError: It is no array, or of another type or rank.
    """
    if not isinstance(crop, np.ndarray):
        raise CropError(f"A crop is a numpy array, not {_no_array(crop)}.")
    if crop.dtype != _UINT8:
        advice = _TO_UINT8.get(crop.dtype.kind, "convert it first")
        raise CropError(f"A crop holds uint8 values, not {crop.dtype}: {advice}.")
    if crop.ndim not in (2, 3) or (crop.ndim == 3 and crop.shape[2] != 3):
        way = _PLANES.get(crop.shape[2]) if crop.ndim == 3 else None
        advice = "" if way is None else f": write {way}"
        raise CropError(f"A crop is (H, W) or (H, W, 3), not {crop.shape}{advice}.")


def _no_array(crop: object) -> str:
    """What it is instead, and what to do about it."""
    if crop is None:
        return "None, which cv2.imread returns for a file that is missing or no picture"
    kind = type(crop).__name__
    if isinstance(crop, (str, PathLike)):
        return f"{kind}: read the file first, as cv2.imread does (colour='bgr')"
    return f"{kind}: np.asarray(picture) makes one"


def check_crops(crops: Sequence[Crop] | NDArray[np.uint8]) -> Sequence[Crop]:
    """Returns the crops if they are several: any sequence, or an array with one crop a row.

    Raises:
        CropError: It is a single crop, or nothing that can hold crops.
    """
    if isinstance(crops, np.ndarray):
        single = crops.ndim == 2 or (crops.ndim == 3 and crops.shape[2] == 3)
        if single and len(crops):
            raise CropError(f"A list of crops is needed, not one crop {crops.shape}: write [crop].")
        if crops.ndim == 0:
            raise CropError("A list of crops is needed, not an array of one value.")
    if not isinstance(crops, (Sequence, np.ndarray)) or isinstance(crops, _NO_LISTS):
        raise CropError(f"A list of crops is needed, not {type(crops).__name__}.")
    return crops if isinstance(crops, (list, tuple)) else list(crops)
