"""A run under watch: its status, its lock, its heartbeat, and signals that end it in good order."""

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from blink.contract import ConfigError, StorageError
from blink.contract.termination import restore_handlers, stop_when_ended
from blink.runs import heart
from blink.runs.headline import read_headline
from blink.runs.process import this_process
from blink.runs.run import read_run
from blink.runs.state import State
from blink.runs.status import About, Status, overwrite_status, read_status, write_status

log = logging.getLogger(__name__)

LOCK: Final = ".lock"
PRUNE: Final = "prune"
"""A search leaves a file of this name in the folder of a run before it stops the run."""
FAIL: Final = "fail"
"""The same for a run that counts as failed; the file says why, in a line."""
PARENT: Final = "BLINK_PARENT"
"""Environment variable: the number of the process without which a run is to end."""

_WAIT: Final = 2.0  # seconds for what a killed process left behind to let go of the lock
_LOOK: Final = 1.0  # seconds between two looks of the thread
_GRACE: Final = 10.0  # seconds for a run without its parent to stop by itself


def watch(folder: Path, about: About) -> "Watch":
    """Notes that a run begins, or goes on, in this process, and keeps noting that it lives.

    Args:
        folder: Of the run; is made if it is missing.
        about: What lists show of it.

    Raises:
        ConfigError: Another process runs it.
        StorageError: The disk is full, or the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder)
        try:
            status = _begin(folder, about)
        except BaseException:
            lock.release()
            raise
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{folder} cannot be written to: {error.strerror}.") from error
    return Watch(folder, status, lock)


class Watch:
    """The watch over a run; made by `watch`."""

    def __init__(self, folder: Path, status: Status, lock: FileLock) -> None:
        self._folder, self._status, self._lock = folder, status, lock
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self._has_lost_parent = False
        self._handlers = stop_when_ended()
        parent = os.environ.get(PARENT)
        self._parent = int(parent) if parent else None
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    @property
    def folder(self) -> Path:
        """Of the run."""
        return self._folder

    def end(self, state: State, reason: str | None = None) -> None:
        """Notes how the run ended; a full disk is logged and does not raise.

        A run that was stopped since a search wanted so is noted as what that said.
        """
        if self._is_over.is_set():
            return
        self._is_over.set()
        if state is State.STOPPED and (said := self.said_by_search()) is not None:
            state, reason = said
        elif self._has_lost_parent:
            reason = "The process that started it is gone."
        status = replace(
            self._status,
            state=state,
            reason=reason,
            ended=datetime.now().astimezone().isoformat(timespec="seconds"),
            seconds=round(self._status.seconds + time.monotonic() - self._began, 1),
            headline=read_headline(self._folder) if state is State.FINISHED else None,
        )
        try:
            _note(self._folder, status)
        finally:
            self._lock.release()
            restore_handlers(self._handlers)

    def said_by_search(self) -> tuple[State, str] | None:
        """As what a search ends the run, and why; None where none does."""
        if (self._folder / PRUNE).exists():
            return State.PRUNED, "Others of its study did better."
        with suppress(FileNotFoundError):
            return State.FAILED, (self._folder / FAIL).read_text(encoding="utf-8")
        return None

    def _beat(self) -> None:
        """The thread's body: a beat every so often, and a look whether the parent lives."""
        count, is_silent = 0, False
        while not self._is_over.wait(_LOOK):
            if self._parent is not None and os.getppid() != self._parent:
                self._end_as_orphan()
                return
            seconds = time.monotonic() - self._began
            if seconds < (count + 1) * heart.INTERVAL:
                continue
            count = int(seconds / heart.INTERVAL)
            try:
                heart.beat(self._folder, count, seconds)
                is_silent = False
            except OSError as error:
                if not is_silent:
                    log.warning("The heartbeat of %s: %s", self._folder, error)
                is_silent = True

    def _end_as_orphan(self) -> None:
        self._has_lost_parent = True
        log.warning("The process that started this run is gone; it stops.")
        # To the process, not to the thread: whatever the main thread waits for is broken off.
        os.kill(os.getpid(), signal.SIGTERM)
        if not self._is_over.wait(_GRACE):
            self.end(State.STOPPED)
            os._exit(1)


def _lock(folder: Path) -> FileLock:
    _refuse_running(folder)
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=_WAIT)
    except Timeout:
        _refuse_running(folder)
        raise ConfigError(
            f"{folder} is being run by another process. Wait until it has ended, or stop it with "
            "Ctrl-C where it was started."
        ) from None
    return lock


def _refuse_running(folder: Path) -> None:
    run = read_run(folder)
    who = run.status.process if run.status is not None else None
    if run.state is not State.RUNNING or who is None or who == this_process():
        return
    way_out = (
        f"stop it: kill {who.pid}"
        if who.is_here
        else f"stop it there. If that machine is lost: {heart.PATIENCE:.0f} seconds after its last "
        "heartbeat the run counts as crashed, and can be gone on with"
    )
    raise ConfigError(f"{folder} is being run by {who}. Wait until it has ended, or {way_out}.")


def _begin(folder: Path, about: About) -> Status:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    status = Status(State.RUNNING, now, about, this_process())
    if (before := _status_before(folder)) is not None:
        status = replace(
            status,
            started=before.started,
            seconds=before.seconds + _unnoted(folder, before),
            attempts=before.attempts + 1,
        )
    for name in (PRUNE, FAIL):
        (folder / name).unlink(missing_ok=True)
    heart.beat(folder, 0, 0.0)
    write_status(folder, status)
    return status


def _status_before(folder: Path) -> Status | None:
    try:
        return read_status(folder)
    except ValueError:
        return None


def _unnoted(folder: Path, before: Status) -> float:
    """Seconds of an attempt that was killed, as far as its heart had counted them."""
    return heart.seconds_beaten(folder) if before.state is State.RUNNING else 0.0


def _note(folder: Path, status: Status) -> None:
    try:
        write_status(folder, status)
    except StorageError as error:
        log.warning("%s The status is written over the one before.", error)
        try:
            overwrite_status(folder, status)
        except OSError as again:
            log.warning("The status of %s could not be written: %s", folder, again)
