"""How an epoch's draws become batches: shared by all processes, and gone on with after a stop."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

from torch import distributed
from torch.utils.data import DataLoader, Dataset, Sampler

from blink.contract import CheckpointError, ConfigError
from blink.data.prefetch import prefetch_map

Draw = tuple[int, int]
"""Index of a crop, and the seed of what happens to it."""


def processes() -> tuple[int, int]:
    """How many processes train together (DDP), and which of them this one is."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_world_size(), distributed.get_rank()
    return 1, 0


def per_process_batch_size(batch_size: int, processes: int) -> int:
    """Each process's part of a batch.

    Raises:
        ConfigError: The parts would not be equal, so that some crops would weigh more than others.
    """
    if batch_size % processes:
        raise ConfigError(
            f"batch_size ({batch_size}) is what all processes train on together in a step; "
            f"{processes} processes cannot share it equally. Name a multiple of {processes}."
        )
    return batch_size // processes


class DistributedBatchSampler(Sampler[list[Draw]]):
    """The parts of an epoch's batches that one process trains on.

    Batch k of an epoch holds the same draws whatever the number of processes: each takes its part
    of them. What is left over at the end of an epoch is not trained on.

    Args:
        sampler: All draws of an epoch; `set_epoch` is its business, and Lightning finds it here.
        batch_size: Draws in a batch, over all processes.
        processes: How many processes share it.
        process: Which of them this one is, from 0 up.

    Attributes:
        start: The first batch of the next pass.

    Raises:
        ConfigError: The processes cannot share a batch equally.
    """

    def __init__(
        self, sampler: Sampler[Draw], batch_size: int, processes: int = 1, process: int = 0
    ) -> None:
        self.sampler, self.start = sampler, 0
        self._batch_size = batch_size
        part = per_process_batch_size(batch_size, processes)
        self._part = slice(process * part, (process + 1) * part)

    def __len__(self) -> int:
        draws: int = len(self.sampler)  # type: ignore[arg-type] # every sampler of ours has a length
        return draws // self._batch_size

    def __iter__(self) -> Iterator[list[Draw]]:
        # Draws are passed over by the million in a second; nothing is made of them.
        draws = islice(self.sampler, self.start * self._batch_size, None)
        for _ in range(self.start, len(self)):
            yield list(islice(draws, self._batch_size))[self._part]


class ResumableLoader(DataLoader[Any]):
    """A loader that a checkpoint can hold: it goes on after the last batch that was trained on.

    Lightning asks for its state, and gives it back, where it finds these two methods.

    Args:
        dataset: Makes a batch of draws.
        batch_sampler: The draws.
        transform: What is done to each batch by a thread while the one before it trains; None for
            nothing.
        options: See `DataLoader`.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        *,
        batch_sampler: DistributedBatchSampler,
        transform: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        self._batches, self._transform = batch_sampler, transform
        self._passed = self._resume_after = 0
        super().__init__(dataset, batch_sampler=batch_sampler, **options)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # A generator, hence lazy: Lightning asks for it before it has said which epoch it is.
        self._passed = self._batches.start = self._resume_after
        self._resume_after = 0
        batches = super().__iter__()
        for batch in batches if self._transform is None else prefetch_map(self._transform, batches):
            self._passed += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Where the epoch stands; the same in every process, since all take the same steps."""
        return {"passed": self._passed, "batches": len(self)}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Goes on where an epoch stood; at its end, with the next one.

        Raises:
            CheckpointError: It stood in the middle, and epochs have another number of batches now.
        """
        passed, batches = state_dict["passed"], state_dict["batches"]
        if 0 < passed < batches != len(self):
            raise CheckpointError(
                f"The checkpoint stands in the middle of an epoch of {batches} batches, but the "
                f"run's epochs have {len(self)}: which crops are still to come cannot be told. Go "
                "on with the same batch_size and crops_per_epoch, or from a checkpoint at the end "
                "of an epoch."
            )
        self._resume_after = passed % batches
