import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_ENDS: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def termination_as_interruption() -> Iterator[None]:
    """Makes SIGTERM and the end of the terminal what Ctrl-C is, where that can be had.

    By SIGTERM machines stop a process. What was ignored before stays so, as by nohup the terminal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in _ENDS}
    before = {one: handler for one, handler in before.items() if handler is not signal.SIG_IGN}
    for one in before:
        signal.signal(one, signal.default_int_handler)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
