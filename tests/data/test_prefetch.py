import threading
from collections.abc import Iterator

import pytest
import torch

from blink.data.prefetch import prefetch_map


def test_batches_come_changed_and_in_order() -> None:
    assert list(prefetch_map(lambda number: number * 10, range(5))) == [0, 10, 20, 30, 40]
    assert list(prefetch_map(lambda number: number, [])) == []


def test_next_batch_is_changed_while_the_one_before_it_is_used() -> None:
    changed = threading.Event()

    def change(number: int) -> int:
        if number == 1:
            changed.set()
        return number

    batches = prefetch_map(change, range(3))
    assert next(batches) == 0
    assert changed.wait(timeout=30)  # nobody has asked for batch 1
    batches.close()  # type: ignore[attr-defined] # a generator


def test_batches_are_asked_for_where_they_are_used_and_changed_elsewhere() -> None:
    asked: set[int] = set()
    here = threading.get_ident()

    def numbers() -> Iterator[int]:
        for number in range(3):
            asked.add(threading.get_ident())
            yield number

    changed = list(prefetch_map(lambda _: threading.get_ident(), numbers()))
    assert asked == {here}
    assert len(set(changed)) == 1
    assert here not in changed


def test_thread_computes_alone_and_leaves_the_others_their_helpers() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert list(prefetch_map(lambda _: torch.get_num_threads(), range(2))) == [1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_error_of_a_change_is_raised_where_its_batch_is_asked_for() -> None:
    batches = prefetch_map(lambda number: 1 // number, [1, 0])
    assert next(batches) == 1
    with pytest.raises(ZeroDivisionError):
        next(batches)
