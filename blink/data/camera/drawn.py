"""Random numbers of a batch, and shapes that are a function of the row times one of the column."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.data.camera.transform import Span

Range = tuple[float, float]
Floats = NDArray[np.float32]


def uniform(rng: np.random.Generator, count: int, bounds: Range) -> Floats:
    """(count,) numbers between two bounds."""
    low, high = bounds
    drawn: Floats = low + (high - low) * rng.random(count, np.float32)
    return drawn


def log_uniform(rng: np.random.Generator, count: int, bounds: Range) -> Floats:
    """(count,) numbers, each as likely to be the double as the half of another."""
    drawn: Floats = np.exp(uniform(rng, count, (math.log(bounds[0]), math.log(bounds[1]))))
    return drawn


def normal(rng: np.random.Generator, count: int, deviation: float) -> Floats:
    """(count,) numbers around 0."""
    drawn: Floats = deviation * rng.standard_normal(count, np.float32)
    return drawn


def sample_span(rng: np.random.Generator, batch: int, share: float) -> Span:
    """That share of a batch's crops, stochastically rounded to a whole number."""
    crops = int(batch * share + rng.random())
    return Span(int(rng.integers(batch)), crops)


@lru_cache(maxsize=8)
def centres(size: int) -> Floats:
    """Pixels of a line from -1 to 1, their centres: (size,)."""
    return ((2 * np.arange(size, dtype=np.float32) + 1) / size - 1).astype(np.float32)


def each(numbers: Floats) -> Floats:
    """One number a crop: (M, 1, 1, 1)."""
    return numbers[:, None, None, None]


def over_columns(lines: NDArray[Any]) -> NDArray[Any]:
    """(M, W) → (M, 1, 1, W)."""
    return lines[:, None, None, :]


def over_rows(lines: NDArray[Any]) -> NDArray[Any]:
    """(M, H) → (M, 1, H, 1)."""
    return lines[:, None, :, None]
