import sys

import pytest

from blink.contract import DataError
from blink.data.workers import crew
from tests.data.orphans import group_after_kill


def test_crew_sends_results_in_order() -> None:
    with crew("builtins", "range", [(3,), (10, 12)]) as (first, second):
        assert [first.receive(), second.receive(), first.receive()] == [0, 10, 1]


def test_receive_says_so_when_the_process_ended_early() -> None:
    with crew("os", "_exit", [(3,)]) as (worker,), pytest.raises(DataError, match="status 3"):
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
