"""Tiles of the pictures that show the renderer to a person."""

import cv2
import numpy as np

from blink.contract import Crop


def fit(crop: Crop, side: int) -> Crop:
    """The crop as an RGB square of this side."""
    rgb = cv2.cvtColor(crop, cv2.COLOR_GRAY2RGB) if crop.ndim == 2 else crop
    kernel = cv2.INTER_AREA if max(crop.shape[:2]) >= side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, (side, side), interpolation=kernel), np.uint8)


def write(picture: Crop, text: str, x: int, y: int) -> None:
    """Writes a line in place, its baseline beginning at x, y."""
    cv2.putText(
        picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (220, 220, 220), 1, cv2.LINE_AA
    )
