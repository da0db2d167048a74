from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import numpy as np
import torch
from lightning import LightningDataModule
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

from blink.contract import CheckpointError, ConfigError, DataError, InputSpec, cores
from blink.data.batch import Batch
from blink.data.cached.draw_weights import open_cumulative
from blink.data.cached.mapped import MemmapArray
from blink.data.cached.packed import PackedCrops
from blink.data.cached.row_index import RowIndex
from blink.data.camera.simulation import Augment
from blink.data.checks import (
    check_augment,
    check_counts,
    check_half_closed,
    check_shares,
    working_spec,
)
from blink.data.crop_dataset import BatchTransform, CropDataset
from blink.data.loader import loader_options
from blink.data.manifest import Manifest
from blink.data.refreshed.loading import (
    RefreshedCrops,
    RefreshingSampler,
    check_refreshed,
    open_schedules,
)
from blink.data.refreshed.refresher import Refresher
from blink.data.refreshed.stream import NewEyes
from blink.data.resumable import DistributedBatchSampler, Draw, ResumableLoader, processes
from blink.data.sampler import BalancedSampler, SubsetSequentialSampler, subsample_indices
from blink.data.split import Split
from blink.latency.slot import giving_way
from blink.runtime.preprocessing import stack

MOST_VALIDATED = 20_000
"""More crops cost every epoch time, and tell no more: their people are what is few."""


class EyeDataModule(LightningDataModule):
    """Training crops with a margin, augmented; validation crops exactly as the runtime sees them.

    Args:
        manifest: The data set.
        split: Its people's roles.
        spec: What the net sees.
        cache: Folder for packed crops and the index of rows.
        augment: Camera simulation from the working size to the net's size; None for none.
        working_size: Side of the crops that augmentation starts from, in pixels: more than the net
            sees, so that there is a margin.
        batch_size: Crops per step, over all processes.
        crops_per_epoch: Draws per epoch.
        shares: Data set → weight in training, see `blink.data.cached.draw_weights.open_cumulative`.
        half_closed: Share of the training draws that rendered half-closed eyes take; for nets that
            learn openness, see `blink.training.openness`.
        refreshed: Data set → who renders its training crops anew, a share of them each epoch.
        workers: Processes that read and augment; with 0 batches are augmented where they train, by
            a thread of their own where a core is left for it. No draw depends on it, and results
            by rounding alone: see docs/design.md.
        seed: Decides all draws.

    Raises:
        ConfigError: A number is not whole or out of range, a share names no data set, what
            `refreshed` names renders nothing, or the augmentation does not make the net's input of
            larger crops.
    """

    def __init__(  # noqa: PLR0913 - one argument for each choice in conf/data
        self,
        manifest: Manifest,
        split: Split,
        spec: InputSpec,
        cache: str | Path,
        augment: Augment | None = None,
        *,
        working_size: int = 40,
        batch_size: int = 128,
        crops_per_epoch: int = 16_384,
        shares: Mapping[str, float] | None = None,
        half_closed: float = 0.0,
        refreshed: Mapping[str, NewEyes] | None = None,
        workers: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_counts(
            batch_size=batch_size, crops_per_epoch=crops_per_epoch, workers=workers, seed=seed
        )
        self.manifest, self.split, self.spec = manifest, split, spec
        self._cache, self._augment = Path(cache), augment
        working = working_spec(working_size, spec)
        self._working = spec if augment is None else working
        self._batch_size, self._crops_per_epoch = batch_size, crops_per_epoch
        self._shares = check_shares(shares)
        self.half_closed = check_half_closed(half_closed)
        self._refreshed = check_refreshed(refreshed or {})
        self._refreshers: list[Refresher] = []
        self._workers, self._seed = workers, seed
        if augment is not None:
            check_augment(augment, working, spec)

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

    def setup(self, stage: str) -> None:
        """Lightning's hook: nothing is trained that could not be fitted or calibrated afterwards.

        Raises:
            DataError: Those who train, or those who validate, are all closed or all open.
        """
        del stage
        for role, rows in (("train", self.labelled("train")), ("val", self.validating())):
            if (labels := self._index.labels()[rows]).min() == labels.max():
                raise DataError(
                    f"{self.manifest.folder} ({', '.join(self.manifest.datasets)}): the labelled "
                    f"crops in the role {role!r} are all {'closed' if labels[0] else 'open'}, but "
                    "both classes are needed. Make another split, or choose another fold."
                )

    def validating(self) -> NDArray[np.int64]:
        """Numbers of the rows that validate, rising: all of them, or some of a large data set."""
        rows = self.labelled("val")
        return rows[subsample_indices(len(rows), MOST_VALIDATED)]

    @cached_property
    def _index(self) -> RowIndex:
        return RowIndex.open(self.manifest, self.split, self._cache / "rows")

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Labels of rows: 1 closed, 0 open."""
        return self._index.labels()[rows].astype(np.int64)

    def knows_openness(self) -> bool:
        """Whether there is an openness to learn: of a crop that is drawn, or a half-closed eye."""
        rows = self.labelled("train")
        odds = np.diff(open_cumulative(self._index, self._shares).array, prepend=0)
        return bool(self.half_closed) or not np.isnan(self._index.openness()[rows[odds > 0]]).all()

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
        return stack(list(giving_way(self.manifest.crops(rows))), spec or self.spec)

    @cached_property
    def _batch_transform(self) -> BatchTransform:
        return BatchTransform(self.spec, self._augment)

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Lightning's hook; its own would look into every batch for what it could move."""
        del dataloader_idx
        pixels, labels, openness = (part.to(device, non_blocking=True) for part in batch[:3])
        return Batch(pixels, labels, openness, batch.seed)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Lightning's hook: what no worker has finished is finished on the device that trains."""
        del dataloader_idx
        return self._batch_transform(batch)

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
        """Balanced draws from training people, augmented by the workers where there are some."""
        self.labelled("train")  # says so where there are none
        pixels = MemmapArray(self._packed(self._working).path)
        has_thread = not self._workers and self._has_a_core_to_spare()
        crops, sampler = self._refresh(
            CropDataset(
                pixels,
                self._index,
                "train",
                self._batch_transform if self._workers else None,
                half_closed=self.half_closed,
            ),
            self._sampler(self._crops_per_epoch),
        )
        return ResumableLoader(
            crops,
            batch_sampler=DistributedBatchSampler(sampler, self._batch_size, *processes()),
            transform=self._batch_transform if has_thread else None,
            **loader_options(self._workers),
        )

    def _has_a_core_to_spare(self) -> bool:
        """Whether a CPU trains, and not all of its cores: the others' threads would stand still."""
        on_cpu = self.trainer is None or self.trainer.strategy.root_device.type == "cpu"
        return on_cpu and processes()[0] * torch.get_num_threads() < cores()

    def _refresh(
        self, crops: CropDataset, sampler: BalancedSampler
    ) -> tuple[Dataset[Batch], Sampler[Draw]]:
        """The same with what is rendered anew, where anything is."""
        schedules = open_schedules(
            self.manifest,
            self._index,
            self._refreshed,
            self._working,
            self._cache / "refreshed",
            self._seed,
        )
        if not schedules:
            return crops, sampler
        epochs = self.trainer.max_epochs if self.trainer is not None else None
        rank = self.trainer.local_rank if self.trainer is not None else 0
        self._refreshers = [Refresher(schedule, epochs, rank) for schedule in schedules]
        sampler_of_new = RefreshingSampler(sampler, len(crops), self._refreshers)
        return RefreshedCrops(crops, schedules), sampler_of_new

    def teardown(self, stage: str) -> None:
        """Lightning's hook: nothing more is rendered for a training that is over."""
        del stage
        for refresher in self._refreshers:
            refresher.stop()

    def val_dataloader(self) -> DataLoader[Batch]:
        """The crops that validate, see `validating`, each once, as it is."""
        self.labelled("val")
        pixels = MemmapArray(self._packed(self.spec).path)
        dataset = CropDataset(pixels, self._index, "val", BatchTransform(self.spec))
        indices = subsample_indices(len(dataset), MOST_VALIDATED).tolist()
        sampler = SubsetSequentialSampler(indices)
        return DataLoader(dataset, 1024, sampler=sampler, **loader_options(0))
