import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import ConfigError
from blink.data.streaming.epoch_order import EpochOrder

orders = st.builds(
    EpochOrder,
    crops=st.integers(40, 400),
    block=st.integers(1, 60),
    window=st.integers(1, 5),
    batch_size=st.integers(2, 20),
    processes=st.integers(1, 4),
    seed=st.integers(0, 9),
)


def passed(order: EpochOrder, epoch: int, process: int, step: int = 0) -> list[int]:
    """The crops of a process from a step on, numbered through all blocks."""
    first, end = order.bounds(process, step)[0], order.bounds(process, order.steps - 1)[1]
    crops: list[int] = []
    for window in order.windows(epoch, process, step):
        starts = [block * order.block for block in window.blocks]
        joined = [c for s in starts for c in range(s, min(s + order.block, order.crops))]
        shuffled = [joined[place] for place in window.order]
        crops += shuffled[max(0, first - window.start) : end - window.start]
    return crops


@given(orders, st.integers(0, 3))
def test_epoch_order_passes_every_crop_once_when_all_processes_are_joined(
    order: EpochOrder, epoch: int
) -> None:
    crops = [crop for p in range(order.processes) for crop in passed(order, epoch, p)]
    assert sorted(crops) == list(range(order.crops))


@given(orders)
def test_epoch_order_gives_every_process_as_many_batches_of_like_size(order: EpochOrder) -> None:
    bounds = [order.bounds(p, s) for p in range(order.processes) for s in range(order.steps)]
    sizes = [end - first for first, end in bounds]
    assert [end for _, end in bounds[:-1]] == [first for first, _ in bounds[1:]]
    assert sum(sizes) == order.crops
    assert min(sizes) >= 1
    assert max(sizes) <= order.batch_size
    assert max(sizes) - min(sizes) <= 1


@given(orders, st.data())
def test_epoch_order_goes_on_with_the_same_crops_when_it_starts_in_the_middle(
    order: EpochOrder, data: st.DataObject
) -> None:
    process = data.draw(st.integers(0, order.processes - 1))
    step = data.draw(st.integers(0, order.steps - 1))
    before = order.bounds(process, step)[0] - order.bounds(process, 0)[0]
    assert passed(order, 1, process, step) == passed(order, 1, process)[before:]


def test_epoch_order_is_another_in_every_epoch_and_for_every_seed() -> None:
    order, other = (EpochOrder(200, 10, 3, 8, 1, seed) for seed in (0, 1))
    first = passed(order, 0, 0)
    assert first == passed(order, 0, 0)
    assert first != passed(order, 1, 0)
    assert first != passed(other, 0, 0)


def test_epoch_order_mixes_crops_of_a_window_alone_when_there_are_many_blocks() -> None:
    order = EpochOrder(1000, 10, 4, 8, 1, 0)
    windows = list(order.windows(0, 0))
    assert [len(window.blocks) for window in windows] == [4] * 25
    assert all(np.array_equal(np.sort(w.order), np.arange(40)) for w in windows)


def test_epoch_order_reads_few_blocks_of_others_when_processes_share_an_epoch() -> None:
    order = EpochOrder(1000, 10, 4, 8, 2, 0)
    blocks = [{b for w in order.windows(0, p) for b in w.blocks} for p in (0, 1)]
    assert len(blocks[0] & blocks[1]) <= order.window


def test_batch_seed_is_another_for_every_batch() -> None:
    order = EpochOrder(1000, 10, 4, 8, 2, 0)
    seeds = {order.batch_seed(e, p, s) for e in (0, 1) for p in (0, 1) for s in range(order.steps)}
    assert len(seeds) == 4 * order.steps


@pytest.mark.parametrize(
    ("crops", "batch_size", "processes", "message"),
    [
        (0, 8, 1, "crops is 0"),
        (10, 0, 1, "batch_size is 0"),
        (10, 8, 0, "processes is 0"),
        (3, 1, 2, "3 crops are too few for 2 processes with batches of 1"),
        (3, 8, 4, "3 crops are too few for 4 processes"),
    ],
)
def test_epoch_order_is_refused_when_a_batch_would_be_empty(
    crops: int, batch_size: int, processes: int, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        EpochOrder(crops, 10, 4, batch_size, processes, 0)
