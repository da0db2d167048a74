from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from blink.data.cached.mapped import MemmapArray

_PART = 65_536
SEEDS: Final = 1 << 31
"""The seed of a draw is below it."""


class BalancedSampler(Sampler[tuple[int, int]]):
    """Draws crops as likely as a mapped file says, see `blink.data.cached.draw_weights`.

    A draw is (index, seed): what happens to a crop follows from the draw alone, whatever the number
    of workers, and epoch k is the same after a resume. What is drawn is, to the last draw, what
    numpy's `Generator.choice` draws for the probabilities and then `integers` for the seeds, but
    in memory that neither the crops nor the draws decide.

    Args:
        cumulative: Running sums of the probabilities, float64, one for each index; the last is 1.
        length: Draws per epoch.
        seed: With the epoch, decides all draws.
    """

    def __init__(self, cumulative: MemmapArray, length: int, seed: int = 0) -> None:
        self._cumulative, self._length, self._seed = cumulative, length, seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning at the start of every epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        # The seeds come after all of the indices in the stream of random numbers.
        start = [self._seed, self._epoch]
        for_indices = np.random.Generator(np.random.PCG64(start))
        for_seeds = np.random.Generator(np.random.PCG64(start).advance(self._length))
        for done in range(0, self._length, _PART):
            size = min(_PART, self._length - done)
            indices = np.searchsorted(
                self._cumulative.array, for_indices.random(size), side="right"
            )
            seeds = for_seeds.integers(0, SEEDS, size)
            yield from zip(indices.tolist(), seeds.tolist(), strict=True)


class SubsetSequentialSampler(Sampler[tuple[int, int]]):
    """Indices once each, in the order given, with the seed 0.

    Args:
        indices: Which.
    """

    def __init__(self, indices: Sequence[int]) -> None:
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((index, 0) for index in self._indices)


def subsample_indices(count: int, most: int) -> NDArray[np.int64]:
    """At most so many of the indices 0 to count - 1, ascending, always the same ones.

    They are sampled: of rows in which left and right eyes take turns, every second is a left one.
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))
