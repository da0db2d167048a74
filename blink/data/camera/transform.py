from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Params = NDArray[Any]


class Shape(NamedTuple):
    """Of a batch, as torch holds it."""

    crops: int
    channels: int
    height: int
    width: int


class Span(NamedTuple):
    """A contiguous run of a batch's crops, which wraps from the last crop to the first.

    A transform works in place on slices of the batch, so that no crops are gathered and scattered.
    The start is uniform: every crop is equally likely to be in the span, independently per step.

    Attributes:
        first: Index of its first crop.
        crops: How many there are, at most the whole batch.
    """

    first: int
    crops: int

    def slices(self, batch: int) -> Iterator[tuple[slice, slice]]:
        """(Slice of a batch of this size, slice of the span): one pair, or two where it wraps."""
        before_the_end = min(self.crops, batch - self.first)
        yield slice(self.first, self.first + before_the_end), slice(before_the_end)
        if before_the_end < self.crops:
            yield slice(self.crops - before_the_end), slice(before_the_end, self.crops)


@dataclass(frozen=True)
class Transform:
    """One operation on part of a batch, all of its random parameters already sampled.

    Attributes:
        apply: (Levels, float (M, C, H, W), then the parameters as tensors on the same device) → the
            transformed levels, of the same shape: the very same tensor if changed in place.
        span: The M crops that it is applied to.
        params: Sampled per crop, (M, ...): the same on every device, since numpy sampled them.
        size: Rows and columns of the output where they differ; the span is then the whole batch.
    """

    apply: Callable[..., Tensor]
    span: Span
    params: tuple[Params, ...]
    size: tuple[int, int] | None = None


class Step(Protocol):
    """One step of the camera simulation: samples the transforms of a batch."""

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """Samples what is to be done to a batch, in its order.

        Args:
            rng: All random numbers come from here.
            shape: Of the batch before this step.
        """
