import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from blink.contract import StorageError
from blink.sweep import patience, worker
from blink.sweep.assignment import Assignment, Outcome
from blink.sweep.patience import Patience
from blink.sweep.worker import StoppedError, Worker
from tests.sweep.worked import Folder, folder_of


class Full(Folder):
    """A study on a disk that has no room for the first two results."""

    def tell(self, assignment: Assignment, outcome: Outcome) -> None:
        tries = self.path / "tries"
        with tries.open("a") as file:
            file.write("x")
        if tries.stat().st_size <= 2:
            raise storage_error()
        super().tell(assignment, outcome)


class AlwaysFull(Folder):
    """A study on a disk where nobody frees anything."""

    def tell(self, assignment: Assignment, outcome: Outcome) -> None:
        del assignment, outcome
        (self.path / "tries").touch()
        raise storage_error()


def storage_error(number: int = errno.ENOSPC) -> StorageError:
    """As the journal raises it."""
    error = StorageError("Cannot write the study's journal.")
    error.__cause__ = OSError(number, os.strerror(number))
    return error


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK", 0.01)
    monkeypatch.setattr(worker, "LOOK", 0.02)


def test_worker_tells_later_when_the_disk_is_full(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"], ["a=2"])

    with caplog.at_level(logging.INFO, "blink.sweep"):
        Worker(replace(job, open_study=partial(Full, study.path)), threads=1).work()

    assert [trial["state"] for trial in study.trials] == ["complete"] * 2
    assert [trial["told"] for trial in study.trials] == [1, 1]
    assert (study.path / "tries").read_text() == "xxxx"
    assert caplog.text.count("This worker waits until there is room") == 1
    assert caplog.text.count("There is room on the disk again.") == 1


def test_worker_leaves_the_trial_when_it_is_stopped_while_the_disk_is_full(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    one = Worker(replace(job, open_study=partial(AlwaysFull, study.path)), threads=1)

    def stop() -> None:
        study.wait_for(lambda _: (study.path / "tries").exists())
        one.stop()

    threading.Thread(target=stop).start()
    with pytest.raises(StoppedError):
        one.work()

    assert study.trials[0]["state"] == "running"


def test_worker_begins_no_trial_when_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"])
    states: list[str] = []
    real = shutil.disk_usage

    def usage(folder: Path) -> tuple[int, int, int]:
        found = real(folder)
        states.append(study.trials[0]["state"])
        return found._replace(free=150_000_000 if len(states) < 3 else 250_000_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    Worker(job, threads=1).work()

    assert states[:3] == ["waiting"] * 3
    assert study.trials[0]["state"] == "complete"
    assert caplog.text.count("150 MB are free") == 1


def test_worker_fails_the_trial_alone_when_its_log_cannot_be_begun(tmp_path: Path) -> None:
    study, job = folder_of(tmp_path / "study", ["a=1"], ["a=2"])
    study.run(0).with_name("00000-seed0.out").mkdir(parents=True)

    Worker(job, threads=1).work()

    assert [trial["state"] for trial in study.trials] == ["failed", "complete"]
    assert "could not even begin its log" in study.trials[0]["fault"]


def raising(error: Exception) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


@pytest.mark.parametrize("error", [storage_error(errno.EACCES), StorageError("no server")])
def test_patience_waits_for_nothing_when_room_would_not_help(
    tmp_path: Path, error: StorageError
) -> None:
    with pytest.raises(StorageError):
        Patience(tmp_path, lambda: None).do(raising(error))
