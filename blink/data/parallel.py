"""Work over all cores in threads: cv2 and hashing let go of Python's lock."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from tqdm import tqdm

from blink.contract import cores

T = TypeVar("T")
R = TypeVar("R")
_CHUNK = 32


def in_parallel(
    function: Callable[[T], R], items: Iterable[T], total: int, what: str
) -> Generator[R]:
    """Calls a function on every item, over all cores, with a progress bar.

    Args:
        function: What to do with one item; called from several threads.
        items: Read in the caller's thread, a little ahead of the results: memory is constant.
        total: Number of items, for the bar.
        what: What the bar says; no bar if empty.

    Yields:
        The results in the order of the items.
    """
    threads = cores()
    waiting: deque[Future[list[R]]] = deque()
    stream = iter(items)
    bar = tqdm(total=total, desc=what, unit="crop", disable=not what)
    with ThreadPoolExecutor(threads) as pool, bar:
        while True:
            chunk = list(islice(stream, _CHUNK))
            if chunk:
                waiting.append(pool.submit(_each, function, chunk))
            if not waiting:
                return
            if not chunk or len(waiting) > 4 * threads:
                results = waiting.popleft().result()
                yield from results
                bar.update(len(results))


def _each(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(item) for item in chunk]
