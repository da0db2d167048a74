"""A picture as a small net sees it, and its edges: what pictures of all sizes are compared by."""

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop
from blink.runtime.preprocessing import grey, resize

SIDE = 32
"""Pixels: pictures of all sizes are compared at this one, about what a net sees."""

HOG_LENGTH = 324
_HOG = ((SIDE, SIDE), (16, 16), (8, 8), (8, 8), 9)


def thumbnail(crop: Crop) -> NDArray[np.uint8]:
    """A picture in grey at 32×32 pixels, its shape not kept."""
    return resize(grey(crop), SIDE, SIDE)


def hog_of(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The histograms of oriented gradients of a thumbnail: float32 (324,).

    Source: Dalal and Triggs 2005, as cv2 computes it.
    """
    # A descriptor of cv2 is not to be shared by threads; a new one costs nothing.
    return np.asarray(cv2.HOGDescriptor(*_HOG).compute(small), np.float32).ravel()
