import errno
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from blink.contract import ConfigError, StorageError
from blink.contract.termination import Terminated
from blink.runs import FAIL, PARENT, PRUNE, State, Status, Watch, heart, read_run, watch
from blink.runs.process import Process, this_process
from blink.runs.status import FILE, read_status, write_status
from blink.runs.watching import LOCK
from tests.runs.folders import ABOUT, elsewhere, gone, run_folder, status

MODULE = "blink.runs.watching"


pytestmark = pytest.mark.usefixtures("hears_hangup")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watch]:
    made = watch(tmp_path / "run", ABOUT)
    yield made
    made.end(State.FINISHED)


def noted(folder: Path) -> Status:
    found = read_status(folder)
    assert found is not None
    return found


def parent() -> Process:
    """A process that lives and is not this one."""
    found = psutil.Process(os.getppid())
    created = round(found.create_time() - psutil.boot_time(), 2)
    return replace(this_process(), pid=found.pid, created=created)


def test_watch_notes_a_run_from_its_beginning_to_its_end(watched: Watch) -> None:
    folder = watched.folder
    assert noted(folder).state is State.RUNNING
    assert read_run(folder).state is State.RUNNING
    assert heart.is_beating(folder)
    run_folder(folder)
    watched.end(State.FINISHED)
    ended = noted(folder)
    assert (ended.state, ended.reason, ended.attempts) == (State.FINISHED, None, 1)
    assert ended.headline is not None
    assert ended.headline.value == 0.9
    assert ended.ended is not None
    with FileLock(folder / LOCK, timeout=0):
        pass


def test_watch_end_says_nothing_more_when_it_was_ended(watched: Watch) -> None:
    watched.end(State.FAILED, "The disk is full.")
    watched.end(State.FINISHED)
    assert (noted(watched.folder).state, noted(watched.folder).reason) == (
        State.FAILED,
        "The disk is full.",
    )


@pytest.mark.parametrize("state", [State.STOPPED, State.RUNNING])
def test_watch_counts_attempts_and_seconds_when_a_run_goes_on(tmp_path: Path, state: State) -> None:
    write_status(tmp_path, status(state, process=gone(), seconds=100.0))
    heart.beat(tmp_path, 3, 30.0)  # of a run that was killed nobody else counted them
    watched = watch(tmp_path, ABOUT)
    watched.end(State.STOPPED)
    found = noted(tmp_path)
    assert (found.attempts, found.started) == (2, status().started)
    assert int(found.seconds) == (130 if state is State.RUNNING else 100)


def test_watch_refuses_when_another_process_runs_it(tmp_path: Path) -> None:
    running = status(State.RUNNING, process=parent())
    write_status(tmp_path, running)
    with pytest.raises(ConfigError, match=rf"run by process {os.getppid()} on .*: kill "):
        watch(tmp_path, ABOUT)
    assert noted(tmp_path) == running


def test_watch_refuses_when_another_machine_runs_it(tmp_path: Path) -> None:
    write_status(tmp_path, status(State.RUNNING, process=elsewhere()))
    heart.beat(tmp_path, 1, 10.0)
    with pytest.raises(ConfigError, match=r"run by process \d+ on elsewhere.*60 seconds after"):
        watch(tmp_path, ABOUT)


def test_watch_refuses_when_another_has_just_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{MODULE}._WAIT", 0.01)
    with FileLock(tmp_path / LOCK), pytest.raises(ConfigError, match="run by another process"):
        watch(tmp_path, ABOUT)


def test_watch_raises_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written to: Not a directory"):
        watch(tmp_path / "file" / "run", ABOUT)


def full(*_: object) -> None:
    raise StorageError("No space left.")


def test_watch_end_writes_over_the_status_when_the_disk_is_full(
    watched: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(f"{MODULE}.write_status", full)
    watched.end(State.FAILED, "No space left.")
    assert noted(watched.folder).state is State.FAILED
    assert caplog.messages == ["No space left. The status is written over the one before."]


def test_watch_end_says_so_when_nothing_can_be_written(
    watched: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(f"{MODULE}.write_status", full)
    (watched.folder / FILE).unlink()
    watched.end(State.FAILED, "No space left.")
    assert "could not be written" in caplog.messages[-1]
    with FileLock(watched.folder / LOCK, timeout=0):
        pass


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_watch_stops_the_run_as_ctrl_c_does_when_it_is_ended(
    watched: Watch, signum: signal.Signals
) -> None:
    with pytest.raises(Terminated, match=f"Ended by {signum.name}"):
        signal.raise_signal(signum)
    os.kill(os.getpid(), signum)  # again, while it is stopping
    watched.end(State.STOPPED)
    assert signal.getsignal(signum) is signal.SIG_DFL


def test_watch_leaves_hangups_alone_when_they_were_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        watched = watch(tmp_path, ABOUT)
        os.kill(os.getpid(), signal.SIGHUP)
        watched.end(State.FINISHED)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_watch_notes_it_as_pruned_when_a_search_said_so(watched: Watch) -> None:
    (watched.folder / PRUNE).touch()
    watched.end(State.STOPPED, "Ended by SIGTERM.")
    assert noted(watched.folder).state is State.PRUNED
    again = watch(watched.folder, ABOUT)
    again.end(State.STOPPED, "Stopped by Ctrl-C.")
    assert noted(watched.folder).state is State.STOPPED


def test_watch_notes_it_as_failed_when_a_search_said_why(watched: Watch) -> None:
    (watched.folder / FAIL).write_text("It took longer than 30 min.")
    watched.end(State.STOPPED, "Ended by SIGTERM.")
    found = noted(watched.folder)
    assert (found.state, found.reason) == (State.FAILED, "It took longer than 30 min.")
    again = watch(watched.folder, ABOUT)
    again.end(State.STOPPED, "Stopped by Ctrl-C.")
    assert noted(watched.folder).state is State.STOPPED


def test_watch_stops_the_run_when_its_parent_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{MODULE}._LOOK", 0.01)
    monkeypatch.setenv(PARENT, str(os.getpid()))  # nobody is their own parent
    watched = watch(tmp_path, ABOUT)
    with pytest.raises(Terminated):
        time.sleep(5)
    watched.end(State.STOPPED, "Ended by SIGTERM.")
    assert noted(tmp_path).reason == "The process that started it is gone."


def test_watch_beats_and_goes_on_when_a_beat_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(f"{MODULE}._LOOK", 0.01)
    monkeypatch.setattr("blink.runs.heart.INTERVAL", 0.01)
    beaten, real, is_enough = [], heart.beat, threading.Event()

    def beat(folder: Path, count: int, seconds: float) -> None:
        beaten.append(count)
        if len(beaten) in (2, 3):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if len(beaten) == 5:
            is_enough.set()
        real(folder, count, seconds)

    monkeypatch.setattr("blink.runs.heart.beat", beat)
    watched = watch(tmp_path, ABOUT)
    with caplog.at_level(logging.WARNING):
        assert is_enough.wait(10)
    watched.end(State.FINISHED)
    assert beaten[0] == 0
    assert beaten == sorted(beaten)
    assert len(caplog.messages) == 1  # one for all beats that a full disk swallowed
