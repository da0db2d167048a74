"""How draws become batches: what is read, and what is done to it before a net sees it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from blink.contract import DataError, InputSpec
from blink.data.batch import Batch
from blink.data.cached.mapped import MemmapArray
from blink.data.cached.row_index import RowIndex, half_closed_name
from blink.data.camera.normalised import normalised
from blink.data.camera.simulation import Augment
from blink.data.checks import check_half_closed
from blink.data.sampler import SEEDS


class CropDataset(Dataset[Batch]):
    """Batches straight from the packed crops; a batch's draws decide its random numbers.

    All arrays are mapped, in every worker: they cost nobody memory of its own.

    Args:
        pixels: Packed crops, uint8 (crops, H, W, C).
        index: What is known of every crop.
        role: Whose crops.
        transform: What is done to a batch here; None to leave it to whoever trains on it.
        half_closed: Share of the draws that are given to half-closed eyes, whose openness is known
            and their label not. A draw's seed decides which, so that all else stays as it is.

    Raises:
        ConfigError: The share is not from 0 up to, but not, 1.
        DataError: A share is asked for, and there are no such eyes.
    """

    def __init__(
        self,
        pixels: MemmapArray,
        index: RowIndex,
        role: str,
        transform: "BatchTransform | None" = None,
        *,
        half_closed: float = 0.0,
    ) -> None:
        if check_half_closed(half_closed) and not len(index.half_closed(role)):
            raise DataError(
                f"No half-closed eye of known openness is in the role {role!r}, and half_closed "
                f"asks for {half_closed:g} of all draws. Add rendered eyes, or leave it at 0."
            )
        self._pixels, self._rows = pixels, index.mapped(role)
        self._labels, self._openness = index.mapped("labels"), index.mapped("openness")
        self._half_closed = index.mapped(half_closed_name(role))
        self._half_closed_share = half_closed
        self._transform = transform

    def __len__(self) -> int:
        return len(self._rows.array)

    def __getitem__(self, draw: tuple[int, int]) -> Batch:
        return self.__getitems__([draw])

    def __getitems__(self, draws: list[tuple[int, int]]) -> Batch:
        """The batch of these draws, each (index into `rows`, seed)."""
        return self.transform(self.read(self.drawn(draws), draws[0][1]))

    def read(self, rows: NDArray[np.int64], seed: int) -> Batch:
        """The crops of rows of the manifest, with nothing done to them."""
        labels = self._labels.array[rows].astype(np.float32)
        return Batch(
            channels_first(self._pixels.array[rows]),
            torch.from_numpy(np.where(labels < 0, np.float32(np.nan), labels)),
            torch.from_numpy(np.asarray(self._openness.array[rows])),
            seed,
        )

    def transform(self, batch: Batch) -> Batch:
        """The batch with all done to it that is to be done here."""
        return batch if self._transform is None else self._transform(batch)

    def drawn(self, draws: list[tuple[int, int]]) -> NDArray[np.int64]:
        """Rows of the manifest that these draws, each (index into `rows`, seed), are of."""
        rows: NDArray[np.int64] = self._rows.array[[index for index, _ in draws]]
        if self._half_closed_share:
            u = np.array([seed for _, seed in draws]) / SEEDS  # uniform on [0, 1)
            # u < half_closed: a half-closed eye takes the draw. Then u / half_closed is again
            # uniform on [0, 1), and picks which one.
            is_replaced = u < self._half_closed_share
            which = u[is_replaced] / self._half_closed_share
            half_closed = self._half_closed.array
            rows[is_replaced] = half_closed[(which * len(half_closed)).astype(np.int64)]
        return rows


@dataclass(frozen=True)
class BatchTransform:
    """Augments and normalises a batch, wherever it lies: here, in a worker or on a GPU.

    Attributes:
        spec: What the net sees.
        augment: What happens to the crops; None for nothing.
    """

    spec: InputSpec
    augment: Augment | None = None

    def __call__(self, batch: Batch) -> Batch:
        """The batch as the net takes it; one that is ready passes."""
        if batch.seed is None:
            return batch
        pixels = batch.pixels if self.augment is None else self.augment(batch.pixels, batch.seed)
        return batch._replace(pixels=normalised(pixels, self.spec), seed=None)


def channels_first(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 (N, H, W, C) → (N, C, H, W), contiguous; free of cost for one channel."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
