import signal
from collections.abc import Iterator
from contextlib import contextmanager

from blink.contract.termination import heed_termination, restore_handlers


@contextmanager
def termination_as_interruption() -> Iterator[None]:
    """Makes SIGTERM, by which machines stop a process, what Ctrl-C is; see `heed_termination`."""
    before = heed_termination(signal.default_int_handler)
    try:
        yield
    finally:
        restore_handlers(before)
