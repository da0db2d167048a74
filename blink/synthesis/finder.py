import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blink.synthesis.atlas import MAP, snap
from blink.synthesis.chance import uniform
from blink.synthesis.frame import Frame

_DRAWN = (40, 70)
"""Smallest and largest side of a drawing, in pixels; larger crops are enlarged from it."""


@dataclass(frozen=True)
class View:
    """The window that an eye finder cuts out.

    Attributes:
        height: Rows of the crop.
        width: Columns of the crop.
        span: (x, y) size of the window in eye units.
        centre: (x, y) of the window's centre in eye units.
        angle: How far the window is turned, radians.
        mirrored: Whether it shows the eye whose nose lies to the right: the person's right eye.
    """

    height: int
    width: int
    span: tuple[float, float]
    centre: tuple[float, float]
    angle: float
    mirrored: bool

    @cached_property
    def frame(self) -> Frame:
        """The upright drawing canvas that holds the whole window."""
        across, down = self.span
        cos, sin = abs(math.cos(self.angle)), abs(math.sin(self.angle))
        width, height = across * cos + down * sin, across * sin + down * cos
        side = min(max(_DRAWN[0], 1.15 * max(self.height, self.width)), _DRAWN[1])
        scale = side / max(width, height)
        # One pixel of the map to spare, so that the size does not depend on the place.
        return Frame(
            height=math.ceil((height + 1 / MAP.scale) * scale),
            width=math.ceil((width + 1 / MAP.scale) * scale),
            scale=scale,
            left=snap(self.centre[0] - width / 2),
            top=snap(self.centre[1] - height / 2),
        )

    @property
    def shrink(self) -> float:
        """Drawn pixels per pixel of the crop."""
        return self.frame.scale * max(self.span[0] / self.width, self.span[1] / self.height)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(2, 3): the crop's pixel coordinates → the drawing's."""
        frame = self.frame
        across = frame.scale * self.span[0] / self.width * (-1 if self.mirrored else 1)
        down = frame.scale * self.span[1] / self.height
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turn = ((cos * across, -sin * down), (sin * across, cos * down))
        middle = (self.centre[0] - frame.left, self.centre[1] - frame.top)
        right, low = (self.width - 1) / 2, (self.height - 1) / 2
        return np.array(
            [
                (a, b, frame.scale * place - 0.5 - a * right - b * low)
                for (a, b), place in zip(turn, middle, strict=True)
            ]
        )


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number as likely to be the double as the half of another."""
    return math.exp(uniform(rng, math.log(low), math.log(high)))


def sample_view(
    rng: np.random.Generator, side: tuple[int, int], foreshortening: tuple[float, float]
) -> View:
    """Draws a window as different eye finders choose it.

    Args:
        rng: Random numbers.
        side: Smallest and largest side of this sensor's crops, in pixels.
        foreshortening: (x, y) factors by which the turned head shortens the eye.
    """
    size = round(log_uniform(rng, *side))
    wide = rng.random() < 0.25  # some finders cut oblong boxes, most cut squares
    aspect = uniform(rng, 0.5, 0.95) if wide else 1.0
    reach = log_uniform(rng, 1.8, 4.3)
    stretch = math.exp(rng.normal(0, 0.06))
    height = max(16, round(size * aspect))
    return View(
        height=height,
        width=size,
        span=(
            reach * stretch / foreshortening[0],
            reach * height / size / stretch / foreshortening[1],
        ),
        centre=(
            float(rng.normal(0, 0.09) * reach),
            float(rng.normal(-0.05, 0.08) * reach * aspect),
        ),
        angle=min(max(-0.5, rng.normal(0, 0.14)), 0.5),
        mirrored=bool(rng.random() < 0.5),
    )
