"""What is drawn once per person, on one large map, and looked up by each of their crops."""

import math
from typing import Final

import cv2
import numpy as np

from blink.synthesis.frame import Field, Frame

MAP: Final = Frame(height=112, width=112, scale=112 / 5.2, left=-2.6, top=-2.6)
"""Where a person's skin and brow are drawn."""


def snap(at: float) -> float:
    """The nearest edge between pixels of `MAP` at or before a place, eye units."""
    return MAP.left + math.floor((at - MAP.left) * MAP.scale) / MAP.scale


def sample_map(layer: Field, frame: Frame, shift: float = 0.0) -> Field:
    """A layer of `MAP` as the frame sees it; beyond its rim the layer goes on as in a mirror.

    Between whole pixels, so that `cv2.resize` can do it: `cv2.warpAffine` takes five times as long.

    Args:
        layer: (H, W) of `MAP`.
        frame: Begins where pixels of `MAP` do, see `snap`, or is moved there.
        shift: Moves the layer down, eye units; by whole pixels of `MAP`, which is less than one of
            most frames.

    Returns:
        (H, W) of the frame.
    """
    ratio = frame.scale / MAP.scale
    left = round((frame.left - MAP.left) * MAP.scale)
    top = round((frame.top - shift - MAP.top) * MAP.scale)
    right, bottom = left + math.ceil(frame.width / ratio), top + math.ceil(frame.height / ratio)
    margin = max(0, -left, -top, right - MAP.width, bottom - MAP.height)
    if margin:
        rim = (margin, margin, margin, margin)
        layer = np.asarray(cv2.copyMakeBorder(layer, *rim, cv2.BORDER_REFLECT), np.float32)
    part = layer[top + margin : bottom + margin, left + margin : right + margin]
    seen = cv2.resize(part, None, fx=ratio, fy=ratio)
    return np.asarray(seen[: frame.height, : frame.width], np.float32)
