import signal
import threading
import time
from collections.abc import Callable

import pytest

from blink.runtime.fair_semaphore import FairSemaphore


def until(condition: Callable[[], bool]) -> None:
    """Waits for other threads, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def places(semaphore: FairSemaphore) -> int:
    """How many of three callers it lets in at once."""
    inside, leave = list[int](), threading.Event()

    def occupy(number: int) -> None:
        with semaphore:
            inside.append(number)
            leave.wait(10)

    callers = [threading.Thread(target=occupy, args=(number,)) for number in range(3)]
    for caller in callers:
        caller.start()
    try:
        until(lambda: len(inside) + semaphore.waiting == 3)
        return len(inside)
    finally:
        leave.set()
        for caller in callers:
            caller.join(10)


def test_semaphore_lets_in_as_many_as_it_has_places_when_more_come() -> None:
    semaphore, inside, most = FairSemaphore(3), 0, 0
    guard, leave = threading.Lock(), threading.Event()

    def pass_through() -> None:
        nonlocal inside, most
        with semaphore:
            with guard:
                inside += 1
                most = max(most, inside)
            leave.wait(10)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=pass_through) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: semaphore.waiting == 5)
    assert inside == 3
    leave.set()
    for thread in threads:
        thread.join(10)
    assert (inside, most) == (0, 3)


def test_semaphore_serves_in_order_when_callers_queue() -> None:
    semaphore, served = FairSemaphore(1), list[int]()

    def pass_through(number: int) -> None:
        with semaphore:
            served.append(number)

    with semaphore:
        threads = []
        for number in range(20):
            threads.append(threading.Thread(target=pass_through, args=(number,)))
            threads[-1].start()
            until(lambda: semaphore.waiting == len(threads))
    for thread in threads:
        thread.join(10)
    assert served == list(range(20))


def test_semaphore_opens_again_when_a_caller_fails() -> None:
    semaphore = FairSemaphore(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), semaphore:
            raise ZeroDivisionError
    assert places(semaphore) == 1


class Interrupted:
    """A guard at whose opening or closing Ctrl-C hits, once."""

    def __init__(self, at: str) -> None:
        self._lock, self._at = threading.Lock(), at

    def __enter__(self) -> None:
        self._stop("before")
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()
        self._stop("after")

    def _stop(self, at: str) -> None:
        if self._at == at:
            self._at = ""
            raise KeyboardInterrupt


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("is_free", [True, False])
def test_semaphore_keeps_its_places_when_ctrl_c_hits_on_the_way_in(at: str, is_free: bool) -> None:
    semaphore = FairSemaphore(1)
    if not is_free:
        semaphore.__enter__()
    semaphore._guard = Interrupted(at)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        semaphore.__enter__()
    assert semaphore.waiting == 0
    if not is_free:
        semaphore.__exit__(None, None, None)
    assert places(semaphore) == 1


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signals")
def test_semaphore_keeps_its_places_when_a_waiting_caller_is_stopped() -> None:
    semaphore, leave, is_inside = FairSemaphore(1), threading.Event(), threading.Event()

    def occupy() -> None:
        with semaphore:
            is_inside.set()
            leave.wait(10)

    holder = threading.Thread(target=occupy)
    holder.start()
    assert is_inside.wait(10)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt), semaphore:
            pytest.fail("nobody should come in")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert semaphore.waiting == 0
    leave.set()
    holder.join(10)
    assert places(semaphore) == 1
