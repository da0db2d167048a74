from collections.abc import Mapping
from dataclasses import replace
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
from blink.data.manifest import Manifest
from blink.data.packed import PackedCrops
from blink.data.sampler import BalancedSampler
from blink.data.split import Split
from blink.runtime.preprocessing import stack

Batch = tuple[Tensor, Tensor]
"""Pixels uint8 (N, C, H, W) and labels float (N,)."""


class CropDataset(Dataset[Batch]):
    """Batches straight from the packed crops; a batch's draws decide its random numbers.

    Args:
        pixels: Packed crops, uint8 (rows, H, W, C).
        rows: Which of them, by number.
        labels: One for each of `rows`.
        augment: What happens to a batch's crops; None for nothing.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        rows: NDArray[np.int64],
        labels: NDArray[np.float32],
        augment: Augmentation | None = None,
    ) -> None:
        self._pixels, self._rows, self._labels, self._augment = pixels, rows, labels, augment

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, draw: tuple[int, int]) -> Batch:
        return self.__getitems__([draw])

    def __getitems__(self, draws: list[tuple[int, int]]) -> Batch:
        """The batch of these draws, each (place in `rows`, seed)."""
        places = np.array([place for place, _ in draws])
        pixels = self._pixels[self._rows[places]]
        if self._augment is not None:
            pixels = self._augment(pixels, draws[0][1])
        images = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
        return images, torch.from_numpy(self._labels[places])


class EyeDataModule(LightningDataModule):
    """Training crops with a margin, augmented; validation crops exactly as the runtime sees them.

    Args:
        manifest: The data set.
        split: Its people's roles.
        spec: What the net sees.
        cache: Folder for packed crops.
        augment: Camera simulation from the working size to the net's size; None for none.
        working_size: Side of the crops that augmentation starts from, in pixels.
        batch_size: Crops per step.
        crops_per_epoch: Draws per epoch.
        shares: Data set → weight in training, see `BalancedSampler`.
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
        self._cache = Path(cache) / "packed"
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
        """Numbers of the rows of a role whose label is known.

        Raises:
            DataError: There are none.
        """
        known = self.manifest.table["label"].notna().to_numpy(np.bool_)
        everyone = self.split.rows(self.manifest, role)
        rows = everyone[known[everyone]]
        if not len(rows):
            raise DataError(
                f"{self.manifest.folder} has no labelled crop in the role {role!r}. Give one of "
                "its data sets a rule that names such people."
            )
        return rows

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Labels of rows: 1 closed, 0 open."""
        return self.manifest.table["label"].iloc[rows].to_numpy(np.int64)

    def pixels(self, spec: InputSpec | None = None) -> NDArray[np.uint8]:
        """The packed crops of all rows: uint8 (rows, H, W, C), memory-mapped."""
        return PackedCrops.open(self.manifest, spec or self.spec, self._cache).array

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
        table = self.manifest.table.iloc[self.labelled("train")]
        return BalancedSampler(table, draws, self._shares, seed=self._seed)

    def graph_input(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Crops as the exported graph takes them: uint8 (N, height, width, 3)."""
        return stack(list(self.manifest.crops(rows)), self.spec)

    def _dataset(self, role: str, spec: InputSpec, augment: Augmentation | None) -> CropDataset:
        rows = self.labelled(role)
        labels = self.labels(rows).astype(np.float32)
        return CropDataset(self.pixels(spec), rows, labels, augment)

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
            collate_fn=_as_it_is,
            persistent_workers=self._workers > 0,
            worker_init_fn=_one_thread,
            drop_last=True,
            generator=_own_generator(),
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Every labelled crop of validation people, once, as it is."""
        dataset = self._dataset("val", self.spec, None)
        return DataLoader(
            dataset,
            1024,
            sampler=[(place, 0) for place in range(len(dataset))],
            collate_fn=_as_it_is,
            generator=_own_generator(),
        )


def _as_it_is(batch: Any) -> Any:
    # `__getitems__` returns the batch ready made; the stubs of torch expect a list of samples.
    return batch


def _own_generator() -> torch.Generator:
    # A loader draws a seed for its workers each time that it starts them. From torch's global
    # generator that would change dropout with the number of workers, and after a resume.
    return torch.Generator().manual_seed(0)


def _one_thread(_worker: int) -> None:
    # cv2's own threads would fight with the other workers for the cores.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
