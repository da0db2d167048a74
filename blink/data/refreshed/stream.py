"""New crops for the slots of a data set, one after the other and round and round.

A slot is a training crop that is rendered anew now and then: another eye with the same label.
Crop t of a stream is for slot t % slots, the (t // slots)th time that it is rendered anew, and
follows from the stream's seed and t alone. Crops lie in the cache, so many in a file; a file is
made once, by whichever process needs it first, and never changes.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop, InputSpec, atomic_file
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.mapped import MemmapArray, read_mapped, write_npy
from blink.runtime.preprocessing import pixels

_FEWEST: Final = 64
_MOST: Final = 2048
"""Crops in a file: enough that opening it costs nothing, few enough that it is made in a second or
two."""


class NewEyes(Protocol):
    """Who renders eyes that nobody has seen; it travels to other processes."""

    @property
    def share(self) -> float:
        """Of the slots that are rendered anew before each epoch, 0 to 1."""
        ...

    @property
    def key(self) -> str:
        """Changes whenever the eyes would."""
        ...

    @property
    def label_source(self) -> str:
        """Of the crops that may be replaced: others are not this renderer's own."""
        ...

    def render(self, slot: int, generation: int, label: int, seed: int) -> tuple[Crop, float]:
        """An eye and its openness.

        Args:
            slot: For which slot.
            generation: How often that has been rendered anew before.
            label: 1 if the eye must be closed, 0 if open.
            seed: Of the run.
        """
        ...


@dataclass(frozen=True)
class Stream:
    """The crops that come one after the other.

    Attributes:
        folder: Where they are kept.
        labels: Of every slot, 1 closed or 0 open.
        eyes: Renders them.
        spec: Size and colour of the crops.
        seed: Of the run.
    """

    folder: Path
    labels: MemmapArray
    eyes: NewEyes
    spec: InputSpec
    seed: int

    @property
    def slots(self) -> int:
        """How many crops go round."""
        return len(self.labels.array)

    @property
    def size(self) -> int:
        """Crops in a file."""
        return min(_MOST, max(_FEWEST, self.slots // 8))

    @property
    def dtype(self) -> "np.dtype[Any]":
        """Of a crop in a file: its pixels, (H, W, C), and its openness."""
        shape = self.spec.height, self.spec.width, self.spec.channels
        return np.dtype([("pixels", np.uint8, shape), ("openness", np.float32)])

    def path(self, number: int) -> Path:
        """Where a file lies, or will lie."""
        return self.folder / f"{number:06d}.npy"

    def open(self, number: int) -> NDArray[Any]:
        """A file's crops, mapped, of `dtype`; they are rendered first where they are missing.

        Raises:
            StorageError: The disk is full; nothing is left behind.
        """

        def make(path: Path) -> None:
            crops = self._render(range(number * self.size, (number + 1) * self.size))
            # Whoever was at it before us was killed: nobody else is at it now.
            with atomic_file(path, stale_after=0) as temporary:
                write_npy(temporary, self.dtype, [crops])

        def read(path: Path) -> NDArray[Any] | None:
            return read_mapped(path, self.dtype, (self.size,))

        return get_or_create(self.path(number), read, make)

    def _render(self, numbers: range) -> NDArray[Any]:
        crops = np.empty(len(numbers), self.dtype)
        labels = self.labels.array
        for index, number in enumerate(numbers):
            generation, slot = divmod(number, len(labels))
            crop, openness = self.eyes.render(slot, generation, int(labels[slot]), self.seed)
            crops["pixels"][index] = pixels(crop, self.spec)
            crops["openness"][index] = openness
        return crops


def render_files(stream: Stream, numbers: Sequence[int]) -> Iterator[int]:
    """Renders what is missing of these files and says which are there: the work of one process.

    It takes what whoever trains leaves of the machine.
    """
    if hasattr(os, "nice"):
        os.nice(5)
    for number in numbers:
        stream.open(number)
        yield number
