import sys

import pytest

from blink.contract import DataError
from blink.data.workers import crew
from tests.data.orphans import group_after_kill


def test_crew_sends_results_in_order() -> None:
    with crew("builtins", "range", [(3,), (10, 12)]) as (first, second):
        assert [first.receive(), second.receive(), first.receive()] == [0, 10, 1]


def test_crew_sends_results_alone_when_somebody_prints(capfd: pytest.CaptureFixture[str]) -> None:
    line = "said " * 2000  # more than a stream keeps to itself
    with crew("builtins", "map", [(print, [line, line])]) as (worker,):
        assert [worker.receive(), worker.receive()] == [None, None]
        assert worker._process.wait(timeout=60) == 0
    assert capfd.readouterr() == ("", f"{line}\n" * 2)


def test_receive_says_so_when_the_process_ended_early() -> None:
    said = r"\(status 3\)\. Its message, if it left one, stands above\.$"
    with crew("os", "_exit", [(3,)]) as (worker,), pytest.raises(DataError, match=said):
        worker.receive()


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_receive_speaks_of_memory_when_the_process_was_killed() -> None:
    with crew("time", "sleep", [(60,)]) as (worker,):
        worker._process.kill()
        with pytest.raises(DataError, match=r"\(status -9\)\. It was killed, .* memory is short"):
            worker.receive()


def test_crew_ends_its_processes_when_the_block_is_left() -> None:
    with crew("itertools", "count", [(0,)]) as (worker,):
        assert worker.receive() == 0
    with pytest.raises(ValueError, match="closed file"):
        worker.receive()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere pipes have the size they have")
def test_worker_goes_on_when_its_results_are_not_yet_received() -> None:
    large = bytes(300_000)
    with crew("itertools", "repeat", [(large, 3)]) as (worker,):
        assert worker._process.wait(timeout=60) == 0
        assert [worker.receive() for _ in range(3)] == [large] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_workers_end_when_their_parent_is_killed() -> None:
    script = (
        "from blink.data.workers import crew\n"
        "with crew('itertools', 'count', [(0,)]) as (worker,):\n"
        "    print(worker.receive(), flush=True)\n"
        "    input()\n"
    )
    assert group_after_kill(script, seconds=20) == (b"0\n", False)
