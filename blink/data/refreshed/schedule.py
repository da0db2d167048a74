from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.data.batch import Batch
from blink.data.cached.mapped import Mapped
from blink.data.refreshed.stream import Stream


@dataclass(frozen=True)
class Schedule:
    """What each slot shows in each epoch.

    Before each epoch but the first the next `share` of the slots are drawn anew, round and round,
    so that the stream's crops come in their order: an epoch shows its last so many, and of a slot
    that has never been drawn anew the data set's own crop.

    Attributes:
        stream: The new crops.
        rows: Row of the manifest of every slot, rising.
    """

    stream: Stream
    rows: Mapped
    _files: dict[int, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)

    def __reduce__(self) -> tuple[type["Schedule"], tuple[Stream, Mapped]]:
        return Schedule, (self.stream, self.rows)  # open files would travel by value

    def drawn(self, epoch: int) -> int:
        """How many crops of the stream have been used once this epoch begins."""
        return int(epoch * self.stream.eyes.share * self.stream.slots)

    def files(self, epoch: int) -> range:
        """Numbers of the files that hold what this epoch shows."""
        end, size = self.drawn(epoch), self.stream.size
        return range(max(0, end - self.stream.slots) // size, -(-end // size))

    def lay_over(self, batch: Batch, rows: NDArray[np.int64], epoch: int) -> None:
        """Puts what an epoch shows in the place of the data set's own crops.

        Args:
            batch: As it was read from the data set, changed in place; uint8 (N, C, H, W).
            rows: Rows of the manifest that it was read from, (N,).
            epoch: Which epoch.
        """
        slots, drawn = self.rows.array, self.drawn(epoch)
        slot = np.searchsorted(slots, rows)
        is_slot = slots[np.minimum(slot, len(slots) - 1)] == rows
        number = slot + (drawn - 1 - slot) // len(slots) * len(slots)  # its last one by now
        places = np.flatnonzero(is_slot & (number >= 0))
        file, crop = np.divmod(number[places], self.stream.size)
        shown, openness = batch.pixels.numpy(), batch.openness.numpy()
        for one in np.unique(file).tolist():
            of = file == one
            found = self._open(one, epoch)[crop[of]]
            shown[places[of]] = found["pixels"].transpose(0, 3, 1, 2)
            openness[places[of]] = found["openness"]

    def _open(self, number: int, epoch: int) -> NDArray[Any]:
        if number not in self._files:
            first = self.files(epoch).start
            for past in [n for n in self._files if n < first]:
                del self._files[past]
            self._files[number] = self.stream.open(number)
        return self._files[number]
