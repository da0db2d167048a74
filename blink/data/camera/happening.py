from collections.abc import Callable, Iterator
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


class Stretch(NamedTuple):
    """Crops that follow each other, in a batch whose last crop is followed by its first.

    As torch's slices of a batch they are changed where they lie, without being gathered first.
    Where a stretch begins is drawn, so that each crop is as likely to be in it as any other, and in
    it with one step no likelier for being in it with another.

    Attributes:
        first: Place of its first crop.
        crops: How many they are, at most all of the batch.
    """

    first: int
    crops: int

    def within(self, batch: int) -> Iterator[tuple[slice, slice]]:
        """(Where in a batch of so many crops, which of the stretch), once or twice."""
        before_the_end = min(self.crops, batch - self.first)
        yield slice(self.first, self.first + before_the_end), slice(before_the_end)
        if before_the_end < self.crops:
            yield slice(self.crops - before_the_end), slice(before_the_end, self.crops)


@dataclass(frozen=True)
class Happening:
    """What befalls some crops of a batch; where it happens, and how strongly, is drawn already.

    Attributes:
        change: (Levels, float (M, C, H, W), then the numbers as tensors beside them) → what becomes
            of them, of the same shape: the very levels where they were overwritten.
        stretch: Of the M crops.
        numbers: For each of them, (M, ...): the same on every device, since numpy made them.
        size: Rows and columns afterwards where they are others; it then befalls every crop.
    """

    change: Callable[..., Tensor]
    stretch: Stretch
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
