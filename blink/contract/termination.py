import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

ENDS: Final = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
"""What ends a process in good order, and what comes when its terminal ends, where there is such."""


class Terminated(KeyboardInterrupt):
    """Somebody ended the process; it stops as it does on Ctrl-C.

    Attributes:
        signum: The signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum

    def __str__(self) -> str:
        return f"Ended by {signal.Signals(self.signum).name}."


def stop_when_ended() -> dict[int, Any]:
    """Has SIGTERM, and the end of the terminal, raise `Terminated`, as Ctrl-C is raised.

    Returns:
        See `heed_termination`.
    """
    mine = os.getpid()

    def terminate(signum: int, _frame: FrameType | None) -> None:
        if os.getpid() != mine:  # a worker that was forked: it ends as it would without us
            signal.signal(signum, signal.SIG_DFL)
            os.kill(os.getpid(), signum)
            return
        for known in ENDS:
            signal.signal(known, signal.SIG_IGN)  # it is stopping already
        raise Terminated(signum)

    return heed_termination(terminate)


@contextmanager
def termination_as_interruption() -> Iterator[None]:
    """Makes SIGTERM, by which machines stop a process, what Ctrl-C is; see `heed_termination`."""
    before = heed_termination(signal.default_int_handler)
    try:
        yield
    finally:
        restore_handlers(before)


def heed_termination(hear: Callable[[int, FrameType | None], Any]) -> dict[int, Any]:
    """Has SIGTERM, and the end of the terminal, heard where that can be had: in the main thread.

    What was ignored before stays so, as by nohup the end of the terminal.

    Args:
        hear: The new handler of both.

    Returns:
        Signals → who heard them before, for `restore_handlers`.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {one: signal.getsignal(one) for one in ENDS}
    heard: dict[int, Any] = {one: by for one, by in before.items() if by is not signal.SIG_IGN}
    for one in heard:
        signal.signal(one, hear)
    return heard


def restore_handlers(before: dict[int, Any]) -> None:
    """Has signals heard by whom they were before; the default, where that was none of Python's."""
    if threading.current_thread() is threading.main_thread():
        for one, handler in before.items():
            signal.signal(one, handler if handler is not None else signal.SIG_DFL)
