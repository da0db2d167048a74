"""Processes that work beside this one: fresh interpreters that send what they make down a pipe.

`multiprocessing` would fork, and a forked cv2 waits for ever for the threads that its parent had;
or it would import the caller's main module again, and with it torch, in every process. A pipe
holds little, so workers wait for a slow disk; it breaks when the parent dies, so that none stays:
joblib's workers, no faster, still lived half a minute after their parent had been killed.
"""

import importlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any, Final, cast

import cv2

from blink.contract import DataError

if sys.platform == "linux":
    import fcntl

_ROOM: Final = 1 << 20  # bytes; what Linux grants to anybody's pipe, if not to all of them at once

_KILLED: Final = -9  # by SIGKILL, which Windows has not
_SHORT: Final = (
    "It was killed, as the system does where memory is short: close something, or work with fewer "
    "processes."
)


class Worker:
    """One process and the pipe that it sends its results through.

    Args:
        module: Where the generator function is found.
        function: Its name; what it yields is received one by one.
        arguments: What it is called with; anything that pickles.
    """

    def __init__(self, module: str, function: str, arguments: tuple[Any, ...]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._results = cast("IO[bytes]", self._process.stdout)  # both are pipes
        _widen(self._results)
        with cast("IO[bytes]", self._process.stdin) as task:
            pickle.dump((module, function, arguments), task)

    def receive(self) -> Any:
        """The next result.

        Raises:
            DataError: The process ended before it had sent one.
        """
        try:
            return pickle.load(self._results)  # noqa: S301 - our own child's
        except (EOFError, pickle.UnpicklingError) as error:
            status = self._process.wait()
            raise DataError(
                f"A working process ended early (status {status}). "
                + (_SHORT if status == _KILLED else "Its message, if it left one, stands above.")
            ) from error

    def stop(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._results.close()
        self._process.wait()


def _widen(pipe: IO[bytes]) -> None:
    """Makes room for some results: no worker waits while the parent checks and writes.

    Only a wish: where it is not granted, workers wait more often.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


@contextmanager
def crew(module: str, function: str, jobs: Sequence[tuple[Any, ...]]) -> Iterator[list[Worker]]:
    """One worker per job, all of them ended when the block is left."""
    workers: list[Worker] = []
    try:
        for job in jobs:
            workers.append(Worker(module, function, job))  # noqa: PERF401 - `finally` needs each
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def main() -> None:
    """The life of a worker: reads its task from stdin, writes its results to stdout.

    What anybody prints meanwhile goes to stderr, or it would stand among the results.
    """
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the parent is gone: so are we
    cv2.setNumThreads(1)
    module, function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's
    for result in getattr(importlib.import_module(module), function)(*arguments):
        pickle.dump(result, results, pickle.HIGHEST_PROTOCOL)
        results.flush()
