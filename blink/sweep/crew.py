"""A crew: the workers of one machine, forked from a process that has loaded what they need."""

import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import Final

from blink.contract import CORES, BlinkError, ConfigError, cores
from blink.contract.termination import termination_as_interruption
from blink.latency.slot import VARIABLE, open_slot
from blink.sweep.job import Job
from blink.sweep.nursery import load
from blink.sweep.worker import StoppedError, Worker

log = logging.getLogger(__name__)

LOOK: Final = 1.0
"""Seconds between two looks whether the launcher is there."""

_DONE, _REFUSED, _STOPPED, _LOST = 0, 2, 130, 3
_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_FORK: Final = get_context("fork")


def check_restarts(restarts: int) -> int:
    """Returns how many workers may be started in place of such as died.

    Raises:
        ConfigError: It is no number from 0 up; a negative one would never be used up.
    """
    if type(restarts) is not int or restarts < 0:
        raise ConfigError(f"launcher.restarts is {restarts}; it is a whole number from 0 up.")
    return restarts


def check_counts(**counts: int | None) -> None:
    """Refuses a number of workers, or of what each has, that is none; None is a launcher's choice.

    Raises:
        ConfigError: One is no whole number from 1 up.
    """
    for name, count in counts.items():
        if count is not None and (type(count) is not int or count < 1):
            raise ConfigError(f"launcher.{name} is {count}; it is a whole number from 1 up.")


class Crew:
    """So many workers on this machine, until the study has no trial left.

    Args:
        job: What is to be done.
        processes: Trials that run side by side.
        threads: Of each; None for a fair share of the cores.
        restarts: How many workers may be started in place of such as died.
    """

    def __init__(
        self, job: Job, *, processes: int = 1, threads: int | None = None, restarts: int = 3
    ) -> None:
        self._threads = threads or max(1, cores() // processes)
        self._process = get_context("spawn").Process(
            target=_lead, args=(job, processes, self._threads, restarts, os.getpid())
        )
        self._log = job.folder / "sweep.log"

    def work(self) -> None:
        """Waits until all is done. Ctrl-C lets the runs end resumably; a second one kills them.

        Raises:
            KeyboardInterrupt: It was stopped, in either way.
            ConfigError: The slot for measuring cannot be used.
            BlinkError: Workers could not work, or died too often.
        """
        with _environment(self._threads):
            self._process.start()
        was_stopped = False
        with termination_as_interruption():
            while self._process.is_alive():
                try:
                    self._process.join(LOOK)  # Ray interrupts between two lines, not within one
                except KeyboardInterrupt:
                    was_stopped = True
                    self._process.terminate()
        code = self._process.exitcode
        if was_stopped or code in (_STOPPED, -signal.SIGTERM):
            raise KeyboardInterrupt
        if code != _DONE:
            raise BlinkError(
                f"The search came to no end: its workers failed ({self._log} says why). Mend that, "
                "and go on with resume=true."
            )

    def stop(self) -> None:
        """Lets the runs end resumably, and waits for them."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


@dataclass(frozen=True)
class _Member:
    process: ForkProcess
    lifeline: Connection
    """Closed once the worker, its nursery and its run are gone, all of them."""


def _lead(job: Job, processes: int, threads: int, restarts: int, launcher: int) -> None:
    """What the crew's own process does; ends with a status that says how."""
    os.setsid()  # Ctrl-C in a terminal is for the launcher, which passes it on
    lead = _Lead(job, threads, restarts, launcher)
    for number in _STOPS:
        signal.signal(number, lead.hear)
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)  # SLURM tells everybody; the launcher hears it
    _log_to(job.folder / "sweep.log")
    try:
        load(job.script)
    except Exception:
        log.exception("%s cannot be loaded.", job.script)
        sys.exit(_LOST)
    sys.exit(lead.lead(processes))


class _Lead:
    def __init__(self, job: Job, threads: int, restarts: int, launcher: int) -> None:
        self._job, self._threads, self._restarts = job, threads, restarts
        self._launcher = launcher  # it may have died before this process was ready to look
        self._members: list[_Member] = []
        self._stopped_at: float | None = None

    def lead(self, processes: int) -> int:
        """Keeps so many at work, and returns how it ended."""
        worst = _DONE
        self._look_after_launcher()
        for _ in range(processes):
            self._hire()
        while self._members:
            for code in self._gone(LOOK):
                worst = max(worst, self._replace(code))
            self._look_after_launcher()
        return worst if self._stopped_at is None else _STOPPED

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The first signal lets the runs end, a later one kills them."""
        del number, frame
        now = time.monotonic()
        if self._stopped_at is None:
            self._stopped_at = now
            for member in self._members:
                member.process.terminate()
        elif now - self._stopped_at > 1:  # the same one may come by two ways
            self._kill()

    def _hire(self) -> None:
        lifeline, theirs = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_work, args=(self._job, self._threads))
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # they wait until it knows what to do
        if self._stopped_at is None:  # perhaps while the script was loaded
            process.start()
            self._members.append(_Member(process, lifeline))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        theirs.close()

    def _gone(self, within: float) -> list[int]:
        """Status of the members that have died, with all that they had started."""
        ended = wait([member.lifeline for member in self._members], within)
        found = [member for member in self._members if member.lifeline in ended]
        for member in found:
            member.process.join()
            member.lifeline.close()
            self._members.remove(member)
        return [member.process.exitcode or 0 for member in found]

    def _replace(self, code: int) -> int:
        if code in (_DONE, _REFUSED) or self._stopped_at is not None:
            return code
        if not self._restarts:
            log.error("A worker died (status %s), and too many had died before it.", code)
            return _LOST
        self._restarts -= 1
        log.warning("A worker died (status %s); another one takes its place.", code)
        self._hire()
        return _DONE

    def _look_after_launcher(self) -> None:
        if os.getppid() != self._launcher:
            self._kill()

    def _kill(self) -> None:
        for member in self._members:
            member.process.kill()
        os.kill(os.getpid(), signal.SIGKILL)


def _work(job: Job, threads: int) -> None:
    """What a worker's process does."""
    worker = Worker(job, threads)
    for number in _STOPS:
        signal.signal(number, lambda *_: worker.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    try:
        worker.work()
    except StoppedError:
        sys.exit(_STOPPED)
    except BlinkError as error:
        log.error("%s", error)  # noqa: TRY400 - the traceback would bury the message
        sys.exit(_REFUSED)
    except Exception:
        log.exception("A worker met a defect.")
        sys.exit(1)


def _log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        format="%(asctime)s  %(message)s",
        datefmt="%H:%M:%S",
        level=logging.WARNING,
        handlers=[logging.StreamHandler(), logging.FileHandler(path)],
    )
    logging.getLogger("blink.sweep").setLevel(logging.INFO)


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    """What has to stand in the environment before numpy and torch are loaded."""
    slot = Path(tempfile.gettempdir()) / f"blink-slot-{os.getuid()}"
    given = {
        "OMP_NUM_THREADS": str(threads),
        CORES: str(threads),  # or each trial would read, pack and render on all of them
        VARIABLE: os.environ.get(VARIABLE, str(slot)),
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        open_slot()  # here, where its refusal is read
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
