"""Pictures without a face: writing, patterns, noise, shades, and photographs of other things."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

from blink.contract import Crop
from blink.synthesis.finder import log_uniform

_SIDE = (24, 120)
"""Smallest and largest side of a crop, in pixels."""
_LETTERS = tuple("ABCDEFGHKLMNPRSTUVXZabdeghknprstuvz0123456789")


def text(rng: np.random.Generator) -> Crop:
    """Printed letters."""
    side = _side(rng)
    paper, ink = rng.uniform(0, 255, 2)
    page = np.full((120, 120), paper, np.uint8)
    size = rng.uniform(0.5, 3)
    for y in range(int(rng.integers(0, 30)), 150, max(12, int(26 * size))):
        line = "".join(rng.choice(_LETTERS, 16))
        bold = int(rng.integers(1, 4))
        cv2.putText(page, line, (-8, y), cv2.FONT_HERSHEY_DUPLEX, size, ink, bold, cv2.LINE_AA)
    return _expose(rng, cv2.resize(page, (side, side), interpolation=cv2.INTER_AREA))


def pattern(rng: np.random.Generator) -> Crop:
    """Stripes or checks."""
    side = _side(rng)
    y, x = np.mgrid[:side, :side] / side
    turn, waves = rng.uniform(0, np.pi), rng.uniform(1.5, 9)
    one = np.sin(2 * np.pi * waves * (np.cos(turn) * x + np.sin(turn) * y) + rng.uniform(0, 6))
    if rng.random() < 0.5:
        one = one * np.sin(2 * np.pi * waves * (np.cos(turn) * y - np.sin(turn) * x))
    return _expose(rng, 128 + 120 * np.tanh(rng.uniform(1, 6) * one))


def clouds(rng: np.random.Generator) -> Crop:
    """A random texture whose power falls with its frequency, as that of most surfaces does."""
    side = _side(rng)
    wave = np.fft.fftfreq(side)
    distance = np.hypot(wave[:, None], wave[None, :])
    distance[0, 0] = 1
    spectrum = np.fft.fft2(rng.standard_normal((side, side))) / distance ** rng.uniform(0.5, 1.8)
    field = np.fft.ifft2(spectrum).real
    return _expose(rng, 128 + 55 * (field - field.mean()) / field.std())


def noise(rng: np.random.Generator) -> Crop:
    """White noise."""
    side = _side(rng)
    return _expose(rng, rng.normal(rng.uniform(80, 170), rng.uniform(15, 70), (side, side)))


def shade(rng: np.random.Generator) -> Crop:
    """A smooth slope from dark to bright."""
    side = _side(rng)
    y, x = np.mgrid[:side, :side] / side - 0.5
    turn = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(40, 200) * (np.cos(turn) * x + np.sin(turn) * y)
    bend = rng.uniform(-150, 150) * (x**2 + y**2)
    return _expose(rng, rng.uniform(70, 180) + slope + bend)


def shapes(rng: np.random.Generator) -> Crop:
    """Discs and polygons."""
    side = _side(rng)
    picture = np.full((96, 96), rng.uniform(0, 255), np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        centre = rng.integers(0, 96, 2)
        if rng.random() < 0.4:
            radius = int(rng.integers(5, 45))
            cv2.circle(picture, centre.tolist(), radius, rng.uniform(0, 255), -1, cv2.LINE_AA)
        else:
            corners = centre + rng.integers(-50, 50, (int(rng.integers(3, 6)), 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], rng.uniform(0, 255), cv2.LINE_AA)
    return _expose(rng, cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))


def photograph(rng: np.random.Generator) -> Crop:
    """A part of a photograph of a temple or of a flower, both of which scikit-learn ships."""
    photographs = _photographs()
    whole = photographs[int(rng.integers(len(photographs)))]
    side = round(log_uniform(rng, 24, 240))
    top, left = (int(rng.integers(length - side)) for length in whole.shape[:2])
    part = whole[top : top + side, left : left + side]
    return np.ascontiguousarray(part if rng.random() < 0.5 else part[:, ::-1])


@lru_cache(maxsize=1)
def _photographs() -> list[Crop]:
    return [np.asarray(picture, np.uint8) for picture in load_sample_images().images]


def _side(rng: np.random.Generator) -> int:
    return round(log_uniform(rng, *_SIDE))


def _expose(rng: np.random.Generator, picture: NDArray[Any]) -> Crop:
    """What a camera makes of it: less contrast, some noise, some blur."""
    middle, level = rng.uniform(60, 190), rng.uniform(0.3, 1)
    grain = rng.normal(0, rng.uniform(0.5, 6), picture.shape)
    seen = middle + level * (np.asarray(picture, np.float64) - 128) + grain
    soft = cv2.GaussianBlur(seen, (0, 0), 0.3 + rng.uniform(0, 0.02) * len(picture))
    return np.asarray(np.clip(np.rint(soft), 0, 255), np.uint8)
