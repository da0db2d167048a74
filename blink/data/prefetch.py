from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

T = TypeVar("T")


def prefetch_map(change: Callable[[T], T], batches: Iterable[T]) -> Iterator[T]:
    """Maps batches in a background thread, each while the one before it is used.

    numpy and torch let go of Python while they compute, so that the thread fills what whoever uses
    the batches leaves idle. Batches are asked for in the calling thread, one more than was used.

    Args:
        change: What is done to each batch; what it raises is raised here.
        batches: In their order, which stays.

    Yields:
        Each batch as it was changed.
    """
    with ThreadPoolExecutor(1, initializer=_alone) as thread:
        coming: Future[T] | None = None
        for batch in batches:
            following = thread.submit(change, batch)
            if coming is not None:
                yield coming.result()
            coming = following
        if coming is not None:
            yield coming.result()


def _alone() -> None:
    """Helpers of its own would wait for the cores that the user's helpers hold, and hold theirs."""
    torch.get_num_threads()  # or torch sets them later, at its first work in this thread
    threadpool_limits(1, user_api="openmp")  # of this thread alone, unlike torch.set_num_threads
