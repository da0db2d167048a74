"""Runs of a script, forked from a process that has loaded what they need and done nothing else."""

import atexit
import logging
import os
import runpy
import signal
import sys
import warnings
import weakref
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

from blink.runs import PARENT

_ALIVE: Final = 1.0
"""Seconds between two looks at a run whose own children hold its pipe open."""

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_FORK: Final = get_context("fork")


def load(script: Path) -> None:
    """Imports what the script imports, once for all runs that are forked later; it does not run."""
    os.chdir(script.parent)
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), run_name="__loaded__")


class Nursery:
    """A process of its own that forks the runs, one after the other.

    The worker itself must not: its sampler may have computed with threads, which a forked process
    waits for in vain, and its connection to a database would be shared. So the nursery is to be
    made before a study is opened. It dies with its worker, and the run with it.

    Args:
        script: What is run, as `python script words` would.
    """

    def __init__(self, script: Path) -> None:
        self._channel, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=_nurse, args=(script, theirs, self._channel))
        with warnings.catch_warnings():
            # Python 3.12 counts threads; those here are of memory allocators, which mind a fork.
            warnings.filterwarnings("ignore", ".*use of fork.*", DeprecationWarning)
            self._process.start()
        theirs.close()

    def begin(self, words: tuple[str, ...], out: Path) -> None:
        """Starts a run; what it says is added to the file `out`."""
        self._channel.send((words, out))

    def ended(self, within: float) -> int | None:
        """Its exit status, a signal's number negative; None if it has not ended in such seconds.

        Raises:
            EOFError: The nursery was killed.
        """
        if not self._channel.poll(within):
            return None
        return int(self._channel.recv())

    def send(self, number: signal.Signals) -> None:
        """Sends the run a signal, if it has not ended."""
        self._channel.send(number)

    def close(self) -> None:
        """Ends the nursery; a run that is left is killed."""
        self._channel.close()
        self._process.join()


def _nurse(script: Path, channel: Connection, workers_end: Connection) -> None:
    workers_end.close()  # or the worker's death would not be heard
    _forget_what_is_done_at_exit()  # such as to remove temporary folders that others go on using
    os.setpgid(0, 0)  # with all that is started here
    # It goes when the worker goes. Blocked, not ignored: a run that is being forked keeps them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    while True:
        try:
            command = channel.recv()
        except EOFError:
            return
        if isinstance(command, signal.Signals):  # the run had just ended
            continue
        child = _FORK.Process(target=_run, args=(script, *command))
        child.start()
        while child.is_alive():
            if channel in wait([channel, child.sentinel], _ALIVE):
                try:
                    os.kill(child.pid or 0, channel.recv())
                except EOFError:  # the worker is dead, and so is everything that it has started
                    os.killpg(0, signal.SIGKILL)
        channel.send(child.exitcode)


def _forget_what_is_done_at_exit() -> None:
    for inherited in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        inherited.detach()
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    atexit._clear()


def _run(script: Path, words: tuple[str, ...], out: Path) -> None:
    """The run itself; it is as close to `python script words` as a forked process can be."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    logging.getLogger().handlers.clear()
    out.parent.mkdir(parents=True, exist_ok=True)
    said = out.open("a", buffering=1, encoding="utf-8")
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    sys.stdout = sys.stderr = said
    sys.argv = [str(script), *words]
    os.environ[PARENT] = str(os.getppid())
    for name in [name for name in os.environ if name.startswith("SLURM_")]:
        del os.environ[name]  # or Lightning would take the worker's task for its own
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()  # which multiprocessing leaves out, and W&B ends by
