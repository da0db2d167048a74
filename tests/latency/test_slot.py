import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from blink.contract import BlinkError, ConfigError
from blink.latency import Benchmark, measure_latency
from blink.latency.slot import VARIABLE, Slot, computing, give_way, measuring, open_slot
from tests.slots import can_measure


class Diary:
    """What several processes did, in the order in which they did it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, what: str) -> None:
        with self._path.open("a") as file:  # one short write: never torn
            file.write(f"{what}\n")

    def read(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []

    def wait_for(self, what: str, times: int = 1) -> None:
        deadline = time.monotonic() + 30
        while self.read().count(what) < times:
            assert time.monotonic() < deadline, f"{what} never came: {self.read()[-20:]}"
            time.sleep(0.001)


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path / "diary")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "slot"


def process(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def train(folder: Path, diary: Diary) -> None:
    slot = Slot(folder)
    slot.enter()
    while True:
        slot.give_way()
        diary.note("step")


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_slot_lets_nobody_train_when_somebody_measures(folder: Path, diary: Diary) -> None:
    trainers = [process(lambda: train(folder, diary)) for _ in range(2)]
    try:
        diary.wait_for("step", 20)
        for _ in range(3):
            with Slot(folder).alone():
                diary.note("begin")
                time.sleep(0.02)
                diary.note("end")
            diary.wait_for("step", diary.read().count("step") + 20)
    finally:
        kill(*trainers)

    noted = diary.read()
    begins = [place for place, what in enumerate(noted) if what == "begin"]
    assert [noted[place + 1] for place in begins] == ["end"] * 3
    assert noted[-1] == "step"


def test_slot_lets_one_measure_after_the_other_when_several_want_to(
    folder: Path, diary: Diary
) -> None:
    def measure() -> None:
        for _ in range(5):
            with Slot(folder).alone():
                diary.note(f"begin-{os.getpid()}")
                time.sleep(0.002)
                diary.note(f"end-{os.getpid()}")

    for pid in [process(measure) for _ in range(3)]:
        os.waitpid(pid, 0)

    noted = diary.read()
    assert len(noted) == 30
    assert all(
        end == begin.replace("begin", "end")
        for begin, end in zip(noted[::2], noted[1::2], strict=True)
    )


def test_slot_is_free_again_when_whoever_measured_was_killed(folder: Path, diary: Diary) -> None:
    def measure() -> None:
        with Slot(folder).alone():
            diary.note("begin")
            signal.pause()

    trainer = process(lambda: train(folder, diary))
    diary.wait_for("step")
    measurer = process(measure)
    diary.wait_for("begin")
    steps = diary.read().count("step")
    kill(measurer)
    try:
        diary.wait_for("step", steps + 5)
    finally:
        kill(trainer)

    with Slot(folder).alone():
        diary.note("mine")
    assert diary.read()[-1] == "mine"


def test_slot_deadlocks_nobody_when_those_who_train_also_measure(
    folder: Path, diary: Diary
) -> None:
    def both() -> None:
        slot = Slot(folder)
        slot.enter()
        for _ in range(20):
            slot.give_way()
            diary.note(f"step-{os.getpid()}")
            with slot.alone():
                diary.note(f"begin-{os.getpid()}")
                diary.note(f"end-{os.getpid()}")

    for pid in [process(both) for _ in range(3)]:
        os.waitpid(pid, 0)

    noted = diary.read()
    assert len(noted) == 180
    for place, what in enumerate(noted):
        if what.startswith("begin"):
            assert noted[place + 1] == what.replace("begin", "end")


def test_slot_is_not_the_parents_when_a_process_was_forked(
    folder: Path, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder))
    mine = open_slot()

    assert mine is not None
    assert open_slot() is mine
    pid = os.fork()
    if pid == 0:
        os._exit(open_slot() is mine)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_measuring_needs_no_slot_when_the_environment_names_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as where there is none

    with measuring():
        assert open_slot() is None


ALONE = """
    import fcntl, os, pathlib, sys
    with open(pathlib.Path(os.environ["BLINK_SLOT"], "quiet"), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("it measures alone")
    sys.exit("others train meanwhile")
"""


def test_measure_latency_is_alone_when_there_is_a_slot(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder))
    benchmark = tmp_path / "benchmark.py"
    benchmark.write_text(dedent(ALONE))

    with pytest.raises(BlinkError, match="it measures alone"):
        measure_latency(Benchmark(benchmark), [tmp_path])
    with Slot(folder).alone():  # and the slot is free again
        pass


def test_slot_is_held_until_the_outermost_part_has_ended_when_parts_hold_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder))

    with computing():
        with computing():
            give_way()
        with measuring():
            pass
        assert not can_measure(folder)
    assert can_measure(folder)


def test_process_computes_on_when_it_is_not_held_back_by_the_slot(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder))

    with Slot(folder).alone():  # a Slot of its own is as another process
        give_way()

    monkeypatch.delenv(VARIABLE)
    with computing():
        give_way()


def test_slot_names_the_way_out_when_its_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "slot" / "quiet").mkdir(parents=True)

    with pytest.raises(ConfigError, match="BLINK_SLOT"):
        Slot(tmp_path / "slot")
