from itertools import chain
from typing import Any

import pytest
import torch
from torch.utils.data import Dataset

from blink.contract import CheckpointError, ConfigError
from blink.data.resumable import DistributedBatchSampler, Draw, ResumableLoader
from blink.data.sampler import SubsetSequentialSampler


class _Epochs(SubsetSequentialSampler):
    """Places in order, the epoch in every draw, as `BalancedSampler` has another draw for each."""

    def set_epoch(self, epoch: int) -> None:
        """Lightning's hook."""
        self._epoch = epoch

    def __iter__(self) -> Any:
        return ((place, self._epoch) for place, _ in super().__iter__())


class _Draws(Dataset[Any]):
    def __getitems__(self, draws: list[Draw]) -> list[Draw]:
        return draws


def _whole(batch: Any) -> Any:
    return batch


def _loader(draws: int = 22, batch_size: int = 4, workers: int = 0) -> ResumableLoader:
    batches = DistributedBatchSampler(_Epochs(range(draws)), batch_size)
    return ResumableLoader(
        _Draws(),
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=_whole,
        persistent_workers=workers > 0,
        generator=torch.Generator(),
    )


def _epoch(loader: ResumableLoader, number: int) -> list[list[Draw]]:
    batches = iter(loader)  # asked for before the epoch is said, as Lightning does
    loader.batch_sampler.sampler.set_epoch(number)  # type: ignore[union-attr]
    return list(batches)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_distributed_batches_are_the_same_together_when_the_number_of_processes_differs(
    processes: int,
) -> None:
    draws = SubsetSequentialSampler(range(40))
    parts = [list(DistributedBatchSampler(draws, 6, processes, rank)) for rank in range(processes)]
    together = [list(chain.from_iterable(batch)) for batch in zip(*parts, strict=True)]
    assert together == [[(k * 6 + n, 0) for n in range(6)] for k in range(6)]  # 4 are left over
    assert {len(part) for batches in parts for part in batches} == {6 // processes}


def test_distributed_batches_refuse_when_the_processes_cannot_share_them() -> None:
    with pytest.raises(ConfigError, match=r"batch_size \(128\).*Name a multiple of 3"):
        DistributedBatchSampler(SubsetSequentialSampler(range(400)), 128, processes=3)


@pytest.mark.parametrize("workers", [0, 2])
def test_loader_goes_on_after_the_last_batch_when_its_state_is_loaded(workers: int) -> None:
    whole = _epoch(_loader(), 3)
    stopped = _loader(workers=workers)
    batches = iter(stopped)
    stopped.batch_sampler.sampler.set_epoch(3)  # type: ignore[union-attr]
    before = [next(batches) for _ in range(2)]
    state = stopped.state_dict()
    resumed = _loader(workers=workers)
    resumed.load_state_dict(state)
    assert before + _epoch(resumed, 3) == whole
    assert len(resumed) == len(whole) == 5
    assert _epoch(resumed, 4) == _epoch(_loader(), 4)


@pytest.mark.parametrize("batch_size", [4, 8, 3])  # at the end, another number does no harm
def test_loader_starts_an_epoch_when_the_state_was_at_the_end_of_one(batch_size: int) -> None:
    done = _loader()
    _epoch(done, 0)
    resumed = _loader(batch_size=batch_size)
    resumed.load_state_dict(done.state_dict())
    assert _epoch(resumed, 1) == _epoch(_loader(batch_size=batch_size), 1)


def test_loader_refuses_a_state_when_its_epoch_has_other_batches() -> None:
    stopped = _loader()
    batches = iter(stopped)
    stopped.batch_sampler.sampler.set_epoch(0)  # type: ignore[union-attr]
    next(batches)
    with pytest.raises(CheckpointError, match="an epoch of 5 batches, but the run's epochs have 2"):
        _loader(batch_size=8).load_state_dict(stopped.state_dict())
