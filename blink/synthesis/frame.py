import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""One value per pixel or per row or column of it: float32, broadcastable to (H, W)."""

Planes = NDArray[np.float32]
"""The picture while it is drawn: float32 (C, H, W) in about [0, 1]; 1 plane in infrared, else 3."""

_SHIFT = 4  # cv2 draws with this many fractional bits, so that strokes do not snap to whole pixels


@dataclass(frozen=True)
class Frame:
    """A drawing canvas in eye units.

    The eye's corners lie near (-1, 0), the inner one, and (1, 0), the outer one; y points down.
    Lids are functions of x, so the canvas is never turned: curves stay one-dimensional and cheap.
    The camera turns and mirrors the finished drawing.

    Attributes:
        height: Rows.
        width: Columns.
        scale: Pixels per eye unit.
        left: x of the left edge.
        top: y of the upper edge.
    """

    height: int
    width: int
    scale: float
    left: float
    top: float

    @cached_property
    def x(self) -> Field:
        """X of the columns: (1, W)."""
        return _middles(self.width, self.scale, self.left)[None, :]

    @cached_property
    def y(self) -> Field:
        """Y of the rows: (H, 1)."""
        return _middles(self.height, self.scale, self.top)[:, None]

    def band(self, top: float, bottom: float) -> tuple[slice, "Frame"]:
        """Where something lies that is much lower than the canvas: most of its work is saved.

        Args:
            top: y that it begins at.
            bottom: y that it ends at.

        Returns:
            The rows that it may touch, one at least, and the frame that these rows make.
        """
        first = min(max(0, math.floor((top - self.top) * self.scale)), self.height - 1)
        last = min(max(first + 1, math.ceil((bottom - self.top) * self.scale)), self.height)
        top = self.top + first / self.scale
        part = Frame(last - first, self.width, self.scale, self.left, top)
        part.__dict__["x"] = self.x  # cached as it is: the columns are the same
        return slice(first, last), part

    def _pixels(self, points: NDArray[np.floating]) -> NDArray[np.int32]:
        fine = np.float32(self.scale * (1 << _SHIFT))
        return np.asarray(np.rint(points * fine - self._origin), np.int32)

    @cached_property
    def _origin(self) -> NDArray[np.float32]:
        pixels = (self.left * self.scale + 0.5, self.top * self.scale + 0.5)
        return np.array(pixels, np.float32) * np.float32(1 << _SHIFT)

    def strokes(self, lines: NDArray[np.floating], width: float) -> Field:
        """Coverage of thin lines.

        Args:
            lines: (N, K, 2) points in eye units: N lines of K points.
            width: In eye units; a line thinner than a pixel covers its pixels in part.

        Returns:
            (H, W) in [0, 1].
        """
        mask = np.zeros((self.height, self.width), np.uint8)
        pixels = width * self.scale
        cv2.polylines(
            mask,
            list(self._pixels(lines)),
            isClosed=False,
            color=255,
            thickness=max(1, round(pixels)),
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )
        return np.asarray(mask * np.float32(min(1.0, pixels) / 255), np.float32)

    def polygon(self, points: NDArray[np.floating]) -> Field:
        """Coverage of a filled polygon of (K, 2) points in eye units: (H, W) in [0, 1]."""
        mask = np.zeros((self.height, self.width), np.uint8)
        cv2.fillPoly(mask, [self._pixels(points)], 255, cv2.LINE_AA, _SHIFT)
        return np.asarray(mask * np.float32(1 / 255), np.float32)


_COUNT: Final = np.arange(512, dtype=np.float32)


def _middles(count: int, scale: float, first: float) -> Field:
    return _COUNT[:count] * np.float32(1 / scale) + np.float32(0.5 / scale + first)


def bell(distance: NDArray[np.floating], width: float) -> Field:
    """A soft ridge: 1 where the distance is 0, falling off over `width`."""
    field = distance * distance
    field *= np.float32(-1 / width**2)
    return np.asarray(np.exp(field, out=field), np.float32)


def edge(distance: Field, scale: float) -> Field:
    """An antialiased edge: 0 outside (negative distance in eye units), 1 inside."""
    cover = distance * np.float32(scale)
    cover += np.float32(0.5)
    return clamp(cover)


def clamp(field: Field) -> Field:
    """Keeps a field within [0, 1], in place; `np.clip` is slow on what is as small as a crop."""
    np.maximum(field, 0, out=field)
    return np.minimum(field, 1, out=field)


def lay(planes: Planes, mask: Field, colour: Field | float) -> None:
    """Lays a colour (C, 1, 1) or a grey over the picture where the mask (H, W) is above zero."""
    planes += mask * (colour - planes)
