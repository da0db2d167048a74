"""Crops of eyes that a camera has spoilt, made from good ones."""

import cv2
import numpy as np

from blink.contract import Crop


def tiny(crop: Crop) -> Crop:
    """6×6 pixels: an eye too far away."""
    return np.asarray(cv2.resize(crop, (6, 6), interpolation=cv2.INTER_AREA), np.uint8)


def fogged(crop: Crop) -> Crop:
    """1 % of its contrast: a lens cap, a white-out."""
    middle = float(crop.mean())
    return _levels(middle + 0.01 * (crop.astype(np.float32) - middle))


def glaring(crop: Crop) -> Crop:
    """20 times its contrast: hardly a pixel that is neither black nor white."""
    return _levels(128 + 20 * (crop.astype(np.float32) - float(np.median(crop))))


def defocused(crop: Crop) -> Crop:
    """Smeared over a fifth of its width."""
    reach = 0.2 * crop.shape[1]
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), reach, borderType=cv2.BORDER_REPLICATE))


def _levels(picture: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Crop:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
