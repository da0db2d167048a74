"""Training crops streamed from shards: each exactly once an epoch, over any number of processes."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from torch.utils.data import DataLoader, Dataset

from blink.contract import CheckpointError, ConfigError, DataError, InputSpec
from blink.data.batch import Batch
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.packed import pixels_key
from blink.data.camera.simulation import Augment
from blink.data.crop_dataset import BatchTransform, channels_first
from blink.data.datamodule import EyeDataModule
from blink.data.loader import loader_options
from blink.data.manifest import Manifest
from blink.data.resumable import per_process_batch_size, processes
from blink.data.split import Split
from blink.data.streaming.draws import Draws, RawBatch
from blink.data.streaming.epoch_order import EpochOrder
from blink.data.streaming.sharding import write_shards
from blink.data.streaming.shards import BlockReader, Shards, read_shards


class DrawnBatches(Dataset[Batch]):
    """Finishes batches in whatever process; what was read alone decides what they become.

    Args:
        transform: What is done to a batch here; None to leave it to whoever trains on it.
    """

    def __init__(self, transform: BatchTransform | None) -> None:
        self._transform = transform

    def __getitem__(self, raw: RawBatch) -> Batch:
        return self.__getitems__(raw)

    def __getitems__(self, raw: RawBatch) -> Batch:
        """The batch that becomes of it."""
        pixels, labels, seed = raw
        unknown = torch.full((len(labels),), torch.nan)
        batch = Batch(channels_first(pixels), torch.from_numpy(labels), unknown, seed)
        return batch if self._transform is None else self._transform(batch)


class StreamedBatches:
    """A loader that a checkpoint can hold: it goes on after the last batch that was trained on.

    Blocks are read and shuffled in the process that trains, each once, and sent to the workers that
    augment. It is no DataLoader itself, so that Lightning does not deal its batches out once more.

    Args:
        draws: The batches of this process, before augmentation.
        order: The order that they follow.
        batches: Makes a batch of a draw.
        workers: Processes that augment.
        shards: Fingerprint of what is streamed.
    """

    def __init__(
        self,
        draws: Draws,
        order: EpochOrder,
        batches: DrawnBatches,
        workers: int,
        shards: str,
    ) -> None:
        self._draws, self._order, self._shards = draws, order, shards
        self._epoch = self._passed = self._resume_after = 0
        self._loader = DataLoader(
            batches, batch_sampler=cast(Any, draws), **loader_options(workers)
        )

    def __len__(self) -> int:
        return self._order.steps

    @property
    def sampler(self) -> "StreamedBatches":
        """Itself: where Lightning looks for `set_epoch`."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch, as Lightning does before each."""
        if epoch != self._epoch:
            self._epoch, self._passed, self._resume_after = epoch, 0, 0

    def __iter__(self) -> Iterator[Batch]:
        # A generator, hence lazy: Lightning asks for it before it has said which epoch it is.
        start = self._resume_after
        self._resume_after, self._passed = 0, start
        self._draws.epoch, self._draws.start = self._epoch, start
        for batch in self._loader:
            self._passed += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Where the epoch stands; the same in every process, since all take the same steps."""
        place = {"epoch": self._epoch, "batches": self._passed}
        return place | {"shards": self._shards, "order": asdict(self._order)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on where an epoch stood.

        Raises:
            CheckpointError: It stood in the middle, and the order of crops is another now.
        """
        batches, then = int(state_dict["batches"]), state_dict["order"]
        if batches < EpochOrder(**then).steps:
            now = self.state_dict()
            if (then, state_dict["shards"]) != (now["order"], now["shards"]):
                raise CheckpointError(
                    "The checkpoint stands in the middle of an epoch over shards "
                    f"{state_dict['shards']} in the order {then}, but the run has shards "
                    f"{now['shards']} and {now['order']}: which crops are still to come cannot be "
                    "told. Go on with the same shards, as many processes and the same batch_size "
                    "and seed, or from a checkpoint at the end of an epoch."
                )
            self._resume_after = self._passed = batches
        self._epoch = int(state_dict["epoch"])


class StreamingDataModule(EyeDataModule):
    """Trains on crops that are streamed from shards; validates on the manifest at hand.

    In an epoch every labelled training crop passes exactly once, over all processes: nothing is
    balanced, `shares` and `crops_per_epoch` decide only what is drawn for heuristics and for
    quantising, and `label_weight` travels with the shards but weighs nothing; crops of weight 0 are
    not in them.

    Args:
        manifest: The data set.
        split: Its people's roles.
        spec: What the net sees.
        cache: Folder for packed crops and, where `shards` is None, for the shards.
        augment: Camera simulation from the working size to the net's size; None for none.
        shards: URL (s3://, gs://) or folder of what `blink data shard` wrote; None to write it into
            the cache at the first use.
        window: Blocks whose crops are shuffled together: more is better mixed, and takes memory.
        options: As `EyeDataModule`'s.

    Raises:
        ConfigError: See `EyeDataModule`; or half-closed eyes are asked for, which shards do not
            hold, or eyes that are rendered anew.
    """

    def __init__(
        self,
        manifest: Manifest,
        split: Split,
        spec: InputSpec,
        cache: str | Path,
        augment: Augment | None = None,
        *,
        shards: str | None = None,
        window: int = 16,
        **options: Any,
    ) -> None:
        super().__init__(manifest, split, spec, cache, augment, **options)
        if self.half_closed:
            raise ConfigError(
                "Shards hold no openness, so nothing half-closed can be drawn from them: leave "
                "half_closed at 0, or use data=prepared."
            )
        if any(eyes.share for eyes in self._refreshed.values()):
            raise ConfigError(
                "Shards are read as they were written, so nothing in them can be drawn anew: leave "
                "the shares of refreshed at 0, or use data=prepared."
            )
        self._window = window
        self._given, self._streams = shards, Path(cache)
        self.prepare_data_per_node = False  # the process that writes must be the first of all

    def knows_openness(self) -> bool:
        """Never: shards hold none."""
        return False

    @cached_property
    def _pixels_key(self) -> str:
        return pixels_key(self._working)

    @cached_property
    def _url(self) -> str:
        if self._given is not None:
            return self._given
        name = f"{self.manifest.fingerprint}-{self.split.fingerprint}-{self._pixels_key}"
        return str(self._streams / "shards" / name)

    @cached_property
    def _shards(self) -> Shards:
        """What is streamed.

        Raises:
            DataError: There are no shards, or they were written from other data.
        """
        shards = read_shards(self._url)
        shards.check(self._url, self.manifest, self.split, self._pixels_key)
        return shards

    def prepare_data(self) -> None:
        """Writes the shards where none are named; Lightning calls it in one process alone.

        Raises:
            DataError: A picture is damaged.
            StorageError: The disk is full.
        """
        if self._given is None:
            get_or_create(Path(self._url), _whole, self._write)

    def _write(self, folder: Path) -> None:
        write_shards(self.manifest, self.split, self._working, str(folder))

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint remembers: which data, which split and which shards."""
        return super().state_dict() | {"shards": self._shards.fingerprint}

    def train_dataloader(self) -> Any:
        """This process's part of an epoch, see `EpochOrder`.

        Raises:
            DataError: There are no shards, or they were written from other data.
            ConfigError: There are too few crops for so many processes, or they cannot share a
                batch equally.
        """
        together, process = processes()
        if together == 1:
            self.prepare_data()
        shards, own = self._shards, per_process_batch_size(self._batch_size, together)
        order = EpochOrder(shards.crops, shards.block, self._window, own, together, self._seed)
        draws = Draws(BlockReader(self._url, shards, self._streams), order, process)
        batches = DrawnBatches(self._batch_transform if self._workers else None)
        return StreamedBatches(draws, order, batches, self._workers, shards.fingerprint)


def _whole(folder: Path) -> Shards | None:
    try:
        return read_shards(str(folder))
    except DataError:
        return None
