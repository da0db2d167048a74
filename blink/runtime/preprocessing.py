"""The one preprocessing: training caches, evaluation, benchmark and live use all go through it.

The way of a crop: `resize` here, then, inside the exported graph, grey conversion, normalisation,
net, temperature and sigmoid. `pixels` does the grey conversion outside of the graph, bit for bit
as the graph does it, for the packed caches that training reads.
"""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import CropError
from blink.contract.input_spec import InputSpec
from blink.contract.intelligence import Crop

SMALLEST_SIDE = 8
"""Crops below 8×8 pixels hold no eye that anybody could judge."""


def check_crop(crop: Crop) -> Crop:
    """Returns the crop if it is one.

    Args:
        crop: uint8, (H, W) or (H, W, 3) in the order RGB, both sides at least 8.

    Raises:
        CropError: It is no array, of another type or rank, or too small.
    """
    if not isinstance(crop, np.ndarray):
        raise CropError(f"A crop is a numpy array, not {type(crop).__name__}.")
    if crop.dtype != np.uint8:
        advice = (
            "scale to 0..255, round, and check for NaN" if crop.dtype.kind == "f" else "convert"
        )
        raise CropError(f"A crop holds uint8 values, not {crop.dtype}: {advice} before `predict`.")
    if crop.ndim not in (2, 3) or (crop.ndim == 3 and crop.shape[2] != 3):
        raise CropError(f"A crop is (H, W) or (H, W, 3), not {crop.shape}.")
    if min(crop.shape[:2]) < SMALLEST_SIDE:
        raise CropError(
            f"A crop is at least {SMALLEST_SIDE}×{SMALLEST_SIDE} pixels, not {crop.shape[:2]}."
        )
    return crop


def check_crops(crops: Sequence[Crop] | NDArray[np.uint8]) -> Sequence[Crop]:
    """Returns the crops if they are several: any sequence, or an array with one crop a row.

    Raises:
        CropError: It is a single crop, or nothing that can hold crops.
    """
    if isinstance(crops, np.ndarray):
        single = crops.ndim == 2 or (crops.ndim == 3 and crops.shape[2] == 3)
        if single and len(crops):
            raise CropError(f"A list of crops is needed, not one crop {crops.shape}: write [crop].")
    if not isinstance(crops, (Sequence, np.ndarray)) or isinstance(crops, (str, bytes)):
        raise CropError(f"A list of crops is needed, not {type(crops).__name__}.")
    return crops if isinstance(crops, (list, tuple)) else list(crops)


def resize(crop: Crop, height: int, width: int) -> Crop:
    """Maps the whole crop onto (height, width).

    The kernel is `area`: the mean over the source area (cv2.INTER_AREA) where no side grows,
    bilinear with half-pixel centres (cv2.INTER_LINEAR) otherwise.

    Args:
        crop: uint8 (H, W) or (H, W, 3).
        height: Rows wanted.
        width: Columns wanted.

    Returns:
        uint8 (height, width) or (height, width, 3).
    """
    if crop.shape[:2] == (height, width):
        return crop
    shrinks = crop.shape[0] >= height and crop.shape[1] >= width
    kernel = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast(Crop, cv2.resize(crop, (width, height), interpolation=kernel))


def grey(crop: Crop) -> Crop:
    """ITU-R BT.601 luma: (9798 R + 19235 G + 3735 B + 2^14) >> 15, as cv2 computes it.

    Args:
        crop: uint8 (H, W), returned as it is, or RGB (H, W, 3).

    Returns:
        uint8 (H, W).
    """
    return crop if crop.ndim == 2 else cast(Crop, cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))


def pixels(crop: Crop, spec: InputSpec) -> Crop:
    """What the net sees before normalisation.

    Args:
        crop: A crop as `check_crop` describes it.
        spec: Size and colour of the net's input.

    Returns:
        uint8 (height, width, channels).

    Raises:
        CropError: See `check_crop`.
    """
    resized = resize(check_crop(crop), spec.height, spec.width)
    if spec.colour == "grey":
        return grey(resized)[..., None]
    return resized if resized.ndim == 3 else np.repeat(resized[..., None], 3, axis=2)


def stack(crops: Sequence[Crop], spec: InputSpec) -> NDArray[np.uint8]:
    """The input of the exported graph.

    Args:
        crops: Crops of any size and of either rank, each its own.
        spec: Size of the net's input.

    Returns:
        uint8 (N, height, width, 3), RGB; a grey crop has three equal channels.

    Raises:
        CropError: See `check_crop`.
    """
    batch = np.empty((len(crops), spec.height, spec.width, 3), np.uint8)
    for row, crop in zip(batch, crops, strict=True):
        resized = resize(check_crop(crop), spec.height, spec.width)
        row[...] = resized if resized.ndim == 3 else resized[..., None]
    return batch
