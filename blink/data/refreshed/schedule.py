from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.data.batch import Batch
from blink.data.cached.mapped import MemmapArray
from blink.data.refreshed.stream import Stream


@dataclass(frozen=True)
class Schedule:
    """What each slot shows in each epoch.

    Before each epoch but the first the next `share` of the slots are rendered anew, round and
    round, so that the stream's crops come in their order: an epoch shows its last so many, and of a
    slot that has never been rendered anew the data set's own crop.

    Attributes:
        stream: The new crops.
        rows: Row of the manifest of every slot, ascending.
    """

    stream: Stream
    rows: MemmapArray
    _files: dict[int, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)

    def __reduce__(self) -> tuple[type["Schedule"], tuple[Stream, MemmapArray]]:
        return Schedule, (self.stream, self.rows)  # open files would travel by value

    def used_by(self, epoch: int) -> int:
        """How many crops of the stream have been used once this epoch begins."""
        return int(epoch * self.stream.eyes.share * self.stream.slots)

    def files(self, epoch: int) -> range:
        """Numbers of the files that hold what this epoch shows."""
        end, size = self.used_by(epoch), self.stream.size
        return range(max(0, end - self.stream.slots) // size, -(-end // size))

    def overwrite(self, batch: Batch, rows: NDArray[np.int64], epoch: int) -> None:
        """Puts what an epoch shows in the place of the data set's own crops.

        Args:
            batch: As it was read from the data set, changed in place; uint8 (N, C, H, W).
            rows: Rows of the manifest that it was read from, (N,).
            epoch: Which epoch.
        """
        slot_rows, used = self.rows.array, self.used_by(epoch)
        slots = np.searchsorted(slot_rows, rows)
        is_slot = slot_rows[np.minimum(slots, len(slot_rows) - 1)] == rows
        # Of the stream's first `used` crops, which go round the slots, the last one for this slot;
        # below 0 where it has had none yet.
        latest_stream_index = slots + (used - 1 - slots) // len(slot_rows) * len(slot_rows)
        indices = np.flatnonzero(is_slot & (latest_stream_index >= 0))
        files, crops = np.divmod(latest_stream_index[indices], self.stream.size)
        pixels, openness = batch.pixels.numpy(), batch.openness.numpy()
        for file in np.unique(files).tolist():
            in_file = files == file
            new = self._open(file, epoch)[crops[in_file]]
            pixels[indices[in_file]] = new["pixels"].transpose(0, 3, 1, 2)
            openness[indices[in_file]] = new["openness"]

    def _open(self, number: int, epoch: int) -> NDArray[Any]:
        if number not in self._files:
            first = self.files(epoch).start
            for past in [n for n in self._files if n < first]:
                del self._files[past]
            self._files[number] = self.stream.open(number)
        return self._files[number]
