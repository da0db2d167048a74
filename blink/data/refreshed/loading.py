"""How a loader comes by crops that are rendered anew."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from pyarrow import compute
from torch.utils.data import Dataset, Sampler

from blink.contract import ConfigError, InputSpec, atomic_folder
from blink.data.batch import Batch
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.mapped import MemmapArray, NpyWriter, read_mapped
from blink.data.cached.packed import pixels_key
from blink.data.cached.row_index import RowIndex
from blink.data.crop_dataset import CropDataset
from blink.data.manifest import Manifest
from blink.data.refreshed.refresher import Refresher
from blink.data.refreshed.schedule import Schedule
from blink.data.refreshed.stream import NewEyes, Stream
from blink.data.resumable import Draw
from blink.data.sampler import BalancedSampler

_FORMAT = 1
"""Counts up when the files change their meaning."""


class RefreshedCrops(Dataset[Batch]):
    """The crops of a data set, some of them rendered anew.

    Args:
        crops: The data set as it is.
        schedules: What is rendered anew.
    """

    def __init__(self, crops: CropDataset, schedules: Sequence[Schedule]) -> None:
        self._crops, self._schedules = crops, tuple(schedules)

    def __len__(self) -> int:
        return len(self._crops)

    def __getitem__(self, draw: Draw) -> Batch:
        return self.__getitems__([draw])

    def __getitems__(self, draws: list[Draw]) -> Batch:
        """The batch of these draws, which say in which epoch it is, see `RefreshingSampler`."""
        epoch = draws[0][0] // len(self)
        plain = [(index % len(self), seed) for index, seed in draws]
        rows = self._crops.drawn(plain)
        batch = self._crops.read(rows, plain[0][1])
        for schedule in self._schedules:
            schedule.overwrite(batch, rows, epoch)
        return self._crops.transform(batch)


class RefreshingSampler(Sampler[Draw]):
    """Draws as another sampler does, once the crops of the epoch are there.

    Indices are counted on over the epochs, epoch · crops + index: what a draw shows follows from
    the draw, in whatever process.

    Args:
        sampler: Draws indices.
        crops: How many indices there are.
        refreshers: Have the crops ready.
    """

    def __init__(
        self, sampler: BalancedSampler, crops: int, refreshers: Sequence[Refresher]
    ) -> None:
        self._sampler, self._crops, self._refreshers = sampler, crops, tuple(refreshers)
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning at the start of every epoch."""
        self._epoch = epoch
        self._sampler.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self._sampler)

    def __iter__(self) -> Iterator[Draw]:
        for refresher in self._refreshers:
            refresher.prepare(self._epoch)
        before = self._epoch * self._crops
        return ((before + index, seed) for index, seed in self._sampler)


def check_refreshed(refreshed: Mapping[str, NewEyes]) -> dict[str, NewEyes]:
    """Refuses what renders nothing.

    Args:
        refreshed: Data set → who renders its eyes.

    Raises:
        ConfigError: Names the data set, and what it needs.
    """
    if not isinstance(refreshed, Mapping):
        raise ConfigError(
            f"data.loader.refreshed is {refreshed!r}; it must name data sets, and for each who "
            "renders it anew, as conf/data/base.yaml does."
        )
    for name, eyes in refreshed.items():
        if not callable(getattr(eyes, "render", None)):
            raise ConfigError(
                f"data.loader.refreshed.{name} is {eyes!r}; it must be who renders such eyes anew, "
                "as `_target_: blink.synthesis.NewPeople` does. conf/data/base.yaml has that for "
                "the data set `rendered`; real eyes cannot be rendered anew."
            )
    return dict(refreshed)


def open_schedules(
    manifest: Manifest,
    index: RowIndex,
    refreshed: Mapping[str, NewEyes],
    spec: InputSpec,
    folder: Path,
    seed: int,
) -> list[Schedule]:
    """What is rendered anew of which data sets; none where the share is 0.

    Args:
        manifest: The data set.
        index: Who trains.
        refreshed: Data set → who renders its eyes.
        spec: Size and colour that training starts from.
        folder: Where the crops are kept.
        seed: Of the run.

    Raises:
        ConfigError: A name is no data set's, or nothing of it is of who is to render anew.
        StorageError: The disk is full; nothing is left behind.
    """
    wanted = {name: eyes for name, eyes in refreshed.items() if eyes.share > 0}
    if unknown := sorted(set(wanted) - set(index.datasets)):
        raise ConfigError(
            f"refreshed names {unknown}, but the data sets are {sorted(index.datasets)}."
        )
    schedules = []
    for name, eyes in wanted.items():
        slots = _open_slots(manifest, index, name, eyes, folder)
        what = slots.name, eyes.key, pixels_key(spec), seed, _FORMAT
        crops = slots.with_name(hashlib.sha256(repr(what).encode()).hexdigest()[:12])
        stream = Stream(crops, MemmapArray(slots / "labels.npy"), eyes, spec, seed)
        schedules.append(Schedule(stream, MemmapArray(slots / "rows.npy")))
    return schedules


def _open_slots(
    manifest: Manifest, index: RowIndex, name: str, eyes: NewEyes, folder: Path
) -> Path:
    """The folder of the slots: `rows.npy`, ascending, and `labels.npy`."""

    def make(path: Path) -> None:
        with atomic_folder(path, stale_after=0) as temporary:
            _write_slots(manifest, index, name, eyes, temporary)

    what = index.folder.name, name, eyes.label_source, _FORMAT
    path = folder / f"slots-{hashlib.sha256(repr(what).encode()).hexdigest()[:12]}"
    return get_or_create(path, _whole_slots, make)


def _whole_slots(folder: Path) -> Path | None:
    rows = read_mapped(folder / "rows.npy", np.int64, None)
    if rows is None or read_mapped(folder / "labels.npy", np.int8, rows.shape) is None:
        return None
    return folder


def _write_slots(
    manifest: Manifest, index: RowIndex, name: str, eyes: NewEyes, folder: Path
) -> None:
    train, codes, labels = index.rows("train"), index.codes(), index.labels()
    code, start = index.datasets.index(name), 0
    with (
        NpyWriter(folder / "rows.npy", np.int64) as slots,
        NpyWriter(folder / "labels.npy", np.int8) as classes,
    ):
        for batch in manifest.batches(["label_source"]):
            source = compute.equal(batch["label_source"], eyes.label_source)
            own = source.to_numpy(zero_copy_only=False)
            first, last = np.searchsorted(train, (start, start + len(batch)))
            rows = train[first:last]
            rows = rows[(codes[rows] == code) & own[rows - start]]
            slots.extend(rows)
            classes.extend(labels[rows])
            start += len(batch)
        if not len(slots):
            raise ConfigError(
                f"refreshed names {name!r}, but none of its training crops has its label from "
                f"the {eyes.label_source}: only what was rendered can be rendered anew."
            )
