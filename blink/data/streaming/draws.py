"""Batches of one process and one epoch, drawn from blocks that threads read ahead."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from blink.data.streaming.epoch_order import EpochOrder, Window
from blink.data.streaming.shards import Block, BlockReader

RawBatch = tuple[NDArray[np.uint8], NDArray[np.float32], int]
"""Pixels (N, H, W, C) and labels (N,) of a batch, and the seed of its augmentation."""

_THREADS = 4  # they wait for the network, not for a core
_AHEAD = 1  # windows that are read while one is trained on


class Draws:
    """A process's batches, one for each step from `start` to the end of `epoch`.

    Args:
        reader: Gives blocks by number.
        order: Which crops, in which order.
        process: Number of this process.
    """

    def __init__(self, reader: BlockReader, order: EpochOrder, process: int) -> None:
        self._reader, self._order, self._process = reader, order, process
        self.epoch = self.start = 0

    def __iter__(self) -> Iterator[RawBatch]:
        epoch, order, process = self.epoch, self._order, self._process
        windows = self._shuffled()
        start, pixels, labels = next(windows)
        for step in range(self.start, order.steps):
            place, end = order.bounds(process, step)
            parts = []
            while place < end:
                if place == start + len(labels):
                    start, pixels, labels = next(windows)
                part = slice(place - start, min(end - start, len(labels)))
                parts.append((pixels[part], labels[part]))
                place = start + part.stop
            yield (*_joined(parts), order.batch_seed(epoch, process, step))

    def _shuffled(self) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.float32]]]:
        """Every window: how many crops of the epoch come before it, its pixels and labels."""
        waiting: deque[tuple[Window, list[Future[Block]]]] = deque()
        pool = ThreadPoolExecutor(_THREADS, "blocks")
        try:
            for window in self._order.windows(self.epoch, self._process, self.start):
                reading = [pool.submit(self._reader.read, block) for block in window.blocks]
                waiting.append((window, reading))
                if len(waiting) > _AHEAD:
                    yield _shuffled(*waiting.popleft())
            while waiting:
                yield _shuffled(*waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _shuffled(
    window: Window, reading: list[Future[Block]]
) -> tuple[int, NDArray[np.uint8], NDArray[np.float32]]:
    blocks = [block.result() for block in reading]
    pixels = np.concatenate([block.pixels for block in blocks])
    labels = np.concatenate([block.labels for block in blocks])
    return window.start, pixels[window.order], labels[window.order].astype(np.float32)


def _joined(
    parts: list[tuple[NDArray[np.uint8], NDArray[np.float32]]],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    if len(parts) == 1:
        return parts[0]
    pixels, labels = zip(*parts, strict=True)
    return np.concatenate(pixels), np.concatenate(labels)
