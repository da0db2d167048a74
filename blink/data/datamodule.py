from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import cv2
import numpy as np
import torch
from lightning import LightningDataModule
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from blink.contract import CheckpointError, ConfigError, DataError, InputSpec
from blink.data.augmentation import Augmentation
from blink.data.cached.draw_weights import open_cumulative
from blink.data.cached.mapped import Mapped
from blink.data.cached.packed import PackedCrops
from blink.data.cached.row_index import RowIndex
from blink.data.manifest import Manifest
from blink.data.sampler import BalancedSampler, InOrder
from blink.data.split import Split
from blink.runtime.preprocessing import planes, stack

Batch = tuple[Tensor, Tensor]
"""Normalised pixels, uint8 (N, C, H, W), and labels, float (N,)."""

MOST_VALIDATED = 20_000
"""More crops cost every epoch time, and tell no more: their people are what is few."""


class CropDataset(Dataset[Batch]):
    """Batches straight from the packed crops; a batch's draws decide its random numbers.

    All arrays are mapped, in every worker: they cost nobody memory of its own.

    Args:
        pixels: Packed crops, uint8 (crops, H, W, C).
        labels: Of all crops, int8.
        rows: Which crops, by number, int64.
        spec: What the net sees.
        augment: What happens to a batch's crops; None for nothing.
    """

    def __init__(
        self,
        pixels: Mapped,
        labels: Mapped,
        rows: Mapped,
        spec: InputSpec,
        augment: Augmentation | None = None,
    ) -> None:
        self._pixels, self._labels, self._rows = pixels, labels, rows
        self._spec, self._augment = spec, augment

    def __len__(self) -> int:
        return len(self._rows.array)

    def __getitem__(self, draw: tuple[int, int]) -> Batch:
        return self.__getitems__([draw])

    def __getitems__(self, draws: list[tuple[int, int]]) -> Batch:
        """The batch of these draws, each (place in `rows`, seed)."""
        rows = self._rows.array[[place for place, _ in draws]]
        pixels = self._pixels.array[rows]
        if self._augment is not None:
            pixels = self._augment(pixels, draws[0][1])
        images = torch.from_numpy(planes(pixels, self._spec))
        return images, torch.from_numpy(self._labels.array[rows].astype(np.float32))


class EyeDataModule(LightningDataModule):
    """Training crops with a margin, augmented; validation crops exactly as the runtime sees them.

    Args:
        manifest: The data set.
        split: Its people's roles.
        spec: What the net sees.
        cache: Folder for packed crops and the index of rows.
        augment: Camera simulation from the working size to the net's size; None for none.
        working_size: Side of the crops that augmentation starts from, in pixels.
        batch_size: Crops per step.
        crops_per_epoch: Draws per epoch.
        shares: Data set → weight in training, see `blink.data.cached.draw_weights.open_cumulative`.
        workers: Processes that augment; results do not depend on it.
        seed: Decides all draws.

    Raises:
        ConfigError: A number is out of range, a share names no data set, or the augmentation does
            not end at the net's size.
    """

    def __init__(  # noqa: PLR0913 - one argument for each choice in conf/data
        self,
        manifest: Manifest,
        split: Split,
        spec: InputSpec,
        cache: str | Path,
        augment: Augmentation | None = None,
        *,
        working_size: int = 40,
        batch_size: int = 128,
        crops_per_epoch: int = 16_384,
        shares: Mapping[str, float] | None = None,
        workers: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not (1 <= batch_size <= crops_per_epoch and workers >= 0):
            raise ConfigError(
                f"crops_per_epoch ({crops_per_epoch}) must be at least batch_size ({batch_size}), "
                f"batch_size at least 1 and workers ({workers}) at least 0."
            )
        self.manifest, self.split, self.spec = manifest, split, spec
        self._cache = Path(cache)
        self._augment = augment
        working = replace(spec, height=working_size, width=working_size)
        self._working = spec if augment is None else working
        self._batch_size = batch_size
        self._crops_per_epoch = crops_per_epoch
        self._shares = dict(shares or {})
        self._workers = workers
        self._seed = seed
        self._check_augment()

    def _check_augment(self) -> None:
        if self._augment is None:
            return
        working, wanted = self._working, self.spec
        blank = np.zeros((1, working.height, working.width, working.channels), np.uint8)
        shape = self._augment(blank, 0).shape[1:]
        if shape != (wanted.height, wanted.width, wanted.channels):
            raise ConfigError(
                f"The augmentation turns crops of {working.height}×{working.width} into {shape}, "
                f"but the net sees {wanted.height}×{wanted.width}×{wanted.channels}: its last size "
                "must be the net's."
            )

    def labelled(self, role: str) -> NDArray[np.int64]:
        """Numbers of the rows of a role whose label is known, rising, memory-mapped.

        Raises:
            DataError: There are none.
        """
        rows = self._index.rows(role)
        if not len(rows):
            raise DataError(
                f"{self.manifest.folder} has no labelled crop in the role {role!r}. Give one of "
                "its data sets a rule that names such people."
            )
        return rows

    def validating(self) -> NDArray[np.int64]:
        """Numbers of the rows that validate: all of them, or every so many of a large data set."""
        rows = self.labelled("val")
        return rows[:: _stride(len(rows))]

    @cached_property
    def _index(self) -> RowIndex:
        return RowIndex.open(self.manifest, self.split, self._cache / "rows")

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Labels of rows: 1 closed, 0 open."""
        return self._index.labels()[rows].astype(np.int64)

    def datasets(self, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        """Names of the data sets that rows are of."""
        names = np.array(self._index.datasets, object)
        named: NDArray[np.object_] = names[self._index.codes()[rows]]
        return named

    def pixels(self, spec: InputSpec | None = None) -> NDArray[np.uint8]:
        """The packed crops of all rows: uint8 (rows, H, W, C), memory-mapped."""
        return self._packed(spec or self.spec).array

    def _packed(self, spec: InputSpec) -> PackedCrops:
        return PackedCrops.open(self.manifest, spec, self._cache / "packed")

    def draw(self, crops: int) -> NDArray[np.int64]:
        """Rows of so many training crops, rising, drawn as balanced as training draws them.

        Raises:
            ConfigError: The number is negative.
        """
        if crops < 0:
            raise ConfigError(f"Cannot draw {crops} training crops; name 0 or more.")
        places = np.array(sorted(place for place, _ in self._sampler(crops)), np.int64)
        drawn: NDArray[np.int64] = self.labelled("train")[places]
        return drawn

    def _sampler(self, draws: int) -> BalancedSampler:
        self.labelled("train")  # says so where there are none
        return BalancedSampler(open_cumulative(self._index, self._shares), draws, self._seed)

    def graph_input(
        self, rows: NDArray[np.int64], spec: InputSpec | None = None
    ) -> NDArray[np.uint8]:
        """Crops as the exported graph takes them: uint8 (N, channels, height, width)."""
        return stack(list(self.manifest.crops(rows)), spec or self.spec)

    def _dataset(self, role: str, spec: InputSpec, augment: Augmentation | None) -> CropDataset:
        self.labelled(role)  # says so where there are none
        pixels = Mapped(self._packed(spec).path)
        labels, rows = self._index.mapped("labels"), self._index.mapped(role)
        return CropDataset(pixels, labels, rows, self.spec, augment)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint remembers: which data and which split it was trained on."""
        return {"manifest": self.manifest.fingerprint, "split": self.split.fingerprint}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Refuses to go on with other data.

        Raises:
            CheckpointError: Data or split are not those of the checkpoint.
        """
        if state_dict != self.state_dict():
            raise CheckpointError(
                f"The checkpoint was trained on {state_dict}, but the data at hand are "
                f"{self.state_dict()}: an archive, an importer or the renderer has changed. Start "
                "a new run."
            )

    def train_dataloader(self) -> DataLoader[Batch]:
        """Balanced, augmented draws from training people."""
        return DataLoader(
            self._dataset("train", self._working, self._augment),
            self._batch_size,
            sampler=self._sampler(self._crops_per_epoch),
            num_workers=self._workers,
            collate_fn=as_it_is,
            persistent_workers=self._workers > 0,
            worker_init_fn=one_thread,
            drop_last=True,
            generator=own_generator(),
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """The crops that validate, see `validating`, each once, as it is."""
        dataset = self._dataset("val", self.spec, None)
        return DataLoader(
            dataset,
            1024,
            sampler=InOrder(range(0, len(dataset), _stride(len(dataset)))),
            collate_fn=as_it_is,
            generator=own_generator(),
        )


def _stride(crops: int) -> int:
    return -(-crops // MOST_VALIDATED)


def as_it_is(batch: Any) -> Any:
    """A collate function for datasets whose `__getitems__` returns the batch ready made."""
    return batch


def own_generator() -> torch.Generator:
    """A generator for a loader, which draws a seed each time that it starts its workers.

    From torch's global generator that would change dropout with the number of workers, and after
    a resume.
    """
    return torch.Generator().manual_seed(0)


def one_thread(_worker: int) -> None:
    """Starts a worker: cv2's own threads would fight with the other workers for the cores."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
