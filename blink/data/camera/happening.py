from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Numbers = NDArray[Any]


class Shape(NamedTuple):
    """Of a batch, as torch holds it."""

    crops: int
    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class Happening:
    """What befalls some crops of a batch; where it happens, and how strongly, is drawn already.

    Attributes:
        change: (Levels, float (M, C, H, W), then the numbers as tensors beside them) → what becomes
            of them, of the same shape. The levels may be overwritten.
        places: Of the M crops in the batch, rising, int64.
        numbers: For each of them, (M, ...): the same on every device, since numpy made them.
        size: Rows and columns afterwards where they are others; it then befalls every crop.
    """

    change: Callable[..., Tensor]
    places: NDArray[np.int64]
    numbers: tuple[Numbers, ...]
    size: tuple[int, int] | None = None


class Step(Protocol):
    """One thing that cameras do."""

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Happening]:
        """What it does to a batch, in its order.

        Args:
            rng: All random numbers come from here.
            shape: Of the batch before it.
        """
