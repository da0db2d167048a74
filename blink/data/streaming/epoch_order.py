"""In which order an epoch passes the crops of sharded data, and which process gets which."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from blink.contract import ConfigError


@dataclass(frozen=True)
class Window:
    """Some blocks whose crops are shuffled together.

    Attributes:
        blocks: Their numbers, in the order in which they are joined.
        order: Where, among the joined crops, each crop of the window stands.
        start: How many crops of the epoch come before it.
    """

    blocks: tuple[int, ...]
    order: NDArray[np.int64]
    start: int


@dataclass(frozen=True)
class EpochOrder:
    """Every crop exactly once an epoch, in equally many batches for every process.

    Blocks are shuffled, then the crops within windows of blocks, so that few blocks need to be at
    hand. The crops are dealt to all batches of all processes in turn, so that the sizes of two
    batches differ by one crop at most: no process runs out of batches before the others, which DDP
    would wait for for ever, though no crop is left out or repeated to make numbers even. A process
    owns one stretch of the epoch and reads the blocks of that stretch alone.

    Attributes:
        crops: Crops in all blocks.
        block: Crops in each block but the last, which may hold fewer.
        window: Blocks in a window.
        batch_size: Most crops in a batch; where few are left to deal, a batch holds one less.
        processes: How many processes train together.
        seed: With the epoch, decides the order.

    Raises:
        ConfigError: A number is not whole or below 1, or there are too few crops to give every
            batch one.
    """

    crops: int
    block: int
    window: int
    batch_size: int
    processes: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("crops", "block", "window", "batch_size", "processes"):
            number = getattr(self, name)
            if type(number) is not int or number < 1:
                raise ConfigError(f"{name} is {number!r}; name a whole number from 1 up.")
        if self.crops < self._batches:
            raise ConfigError(
                f"{self.crops} crops are too few for {self.processes} processes with batches of "
                f"{self.batch_size}: {self._batches} batches need one each. Use fewer processes."
            )

    @property
    def steps(self) -> int:
        """Batches of each process in an epoch."""
        return ceil(self.crops / (self.processes * self.batch_size))

    @property
    def _batches(self) -> int:
        return self.steps * self.processes

    def bounds(self, process: int, step: int) -> tuple[int, int]:
        """First crop of a process's batch, and the first after it, counted over the epoch."""
        number = process * self.steps + step
        crops, batches = self.crops, self._batches
        return number * crops // batches, (number + 1) * crops // batches

    def windows(self, epoch: int, process: int, step: int = 0) -> Iterator[Window]:
        """The windows that a process passes in an epoch, from a step on."""
        first, end = self.bounds(process, step)[0], self.bounds(process, self.steps - 1)[1]
        blocks = np.random.default_rng([self.seed, epoch]).permutation(
            ceil(self.crops / self.block)
        )
        start = 0
        for number, place in enumerate(range(0, len(blocks), self.window)):
            chosen = tuple(blocks[place : place + self.window].tolist())
            size = sum(self._size(block) for block in chosen)
            if start < end and start + size > first:
                generator = np.random.default_rng([self.seed, epoch, number])
                yield Window(chosen, generator.permutation(size), start)
            start += size

    def _size(self, block: int) -> int:
        return min(self.block, self.crops - block * self.block)

    def batch_seed(self, epoch: int, process: int, step: int) -> int:
        """Decides what happens to a batch's crops."""
        words = np.random.SeedSequence([self.seed, epoch, process, step]).generate_state(1)
        return int(words[0])
