"""A slot for measuring: while one process of this machine measures, none that knows of it computes.

It is a reader–writer lock between processes: computations share it, a latency measurement holds it
alone and goes first.

`BLINK_SLOT` names a folder with two files that are locked, never written. Who computes shares
`quiet`, and looks between its steps whether somebody stands in the `turnstile`; then it lets go,
and waits. Who measures goes into the turnstile, where there is room for one, takes `quiet` alone,
which it gets once everybody has let go, and measures. The kernel frees what a dead process held.

Nobody may give way while holding another lock: who waits for that one would hold up who measures.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from blink.contract import ConfigError

T = TypeVar("T")
VARIABLE: Final = "BLINK_SLOT"
"""Name of the environment variable; without it everybody measures and computes as they please."""


class Slot:
    """This process's hold of the two locks; there is one for a folder in a process.

    Args:
        folder: On a disk of this machine; it is made where it is not there.

    Raises:
        ConfigError: It cannot be made or written, perhaps since it is another user's.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._turnstile = _open(folder / "turnstile")
            self._quiet = _open(folder / "quiet")
        except OSError as error:
            raise ConfigError(
                f"The slot for measuring {folder} cannot be used ({error.strerror}); perhaps it is "
                f"another user's. Name a folder of your own on a disk of this machine: {VARIABLE}."
            ) from error
        self._depth = 0  # of what computes: a part may hold others

    def enter(self) -> None:
        """Says that this process computes, until it `leave`s as often; waits for who measures."""
        if self._depth == 0:
            self._wait()
        self._depth += 1

    def give_way(self) -> None:
        """Waits while somebody measures or wants to; microseconds where nobody does."""
        if self._depth == 0:
            return
        if _share_now(self._turnstile):
            _free(self._turnstile)
            return
        _free(self._quiet)
        self._wait()

    def leave(self) -> None:
        """Says that this process, or a part of what it does, computes no longer."""
        self._depth -= 1
        if self._depth == 0:
            _free(self._quiet)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds everybody else back; who computes may measure too, between two steps."""
        _free(self._quiet)  # or whoever measures just now would wait for this share
        _take(self._turnstile)
        try:
            _take(self._quiet)
            yield
        finally:
            if self._depth:
                _share(self._quiet)
            else:
                _free(self._quiet)
            _free(self._turnstile)

    def _wait(self) -> None:
        _share(self._turnstile)
        _share(self._quiet)
        _free(self._turnstile)


def open_slot() -> Slot | None:
    """The slot that the environment names; None where it names none.

    Raises:
        ConfigError: The folder cannot be used.
    """
    folder = os.environ.get(VARIABLE)
    return _slot(Path(folder), os.getpid()) if folder else None


@contextmanager
def computing() -> Iterator[None]:
    """Within, this process computes, and may be asked to `give_way`; also a decorator."""
    slot = open_slot()
    if slot is None:
        yield
        return
    slot.enter()
    try:
        yield
    finally:
        slot.leave()


def give_way() -> None:
    """Waits while somebody measures, if this process is `computing`; else does nothing."""
    if (slot := open_slot()) is not None:
        slot.give_way()


def giving_way(items: Iterable[T]) -> Iterator[T]:
    """The same items; `give_way` before each."""
    for item in items:
        give_way()
        yield item


@contextmanager
def measuring() -> Iterator[None]:
    """Measures within: alone where there is a slot, else as things are."""
    slot = open_slot()
    if slot is None:
        yield
        return
    with slot.alone():
        yield


@cache
def _slot(folder: Path, process: int) -> Slot:
    del process  # what was locked before a fork is still the parent's
    return Slot(folder)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _share(file: int) -> None:
    import fcntl  # not everywhere where graphs are measured

    fcntl.flock(file, fcntl.LOCK_SH)


def _share_now(file: int) -> bool:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take(file: int) -> None:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def _free(file: int) -> None:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_UN)
