import logging
import sys
from pathlib import Path

import pytest

from blink.contract import DataError
from blink.data.refreshed import refresher
from blink.data.refreshed.refresher import Refresher
from blink.data.workers import Worker
from tests.data.orphans import group_after_kill
from tests.data.refreshed.scheduled import schedule


class Recorded:
    """A worker that renders when it is asked; remembers what it was sent out for."""

    sent: list[list[int]]
    fails = False

    def __init__(self, module: str, function: str, arguments: tuple) -> None:  # type: ignore[type-arg]
        assert (module, function) == ("blink.data.refreshed.stream", "render_files")
        self._stream, numbers = arguments
        self._left = list(numbers)
        self.sent.append(numbers)

    def receive(self) -> int:
        if self.fails:
            raise DataError("It ended early.")
        number: int = self._left.pop(0)
        self._stream.open(number)
        return number

    def stop(self) -> None:
        self._left.clear()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> type[Recorded]:
    monkeypatch.setattr(Recorded, "sent", [], raising=False)
    monkeypatch.setattr(refresher, "Worker", Recorded)
    monkeypatch.setattr(refresher, "cores", lambda: 2)
    return Recorded


def test_files_are_rendered_ahead_when_the_first_epoch_begins(
    tmp_path: Path, recorded: type[Recorded]
) -> None:
    what = schedule(tmp_path, slots=256, share=0.5)
    Refresher(what, epochs=4).prepare(0)
    assert recorded.sent == [[0, 2, 4], [1, 3, 5]]  # 64 crops each, of 3 · 128
    assert not what.stream.path(0).is_file()  # the first epoch shows nothing of them


def test_files_of_an_epoch_are_there_when_it_begins(
    tmp_path: Path, recorded: type[Recorded]
) -> None:
    what = schedule(tmp_path, slots=256, share=0.5)
    ready = Refresher(what, epochs=4)
    for epoch in range(4):
        ready.prepare(epoch)
        assert all(what.stream.path(number).is_file() for number in what.files(epoch))
    assert len(recorded.sent) == 2


@pytest.mark.parametrize("unknown", [None, -1])
def test_files_are_rendered_further_ahead_when_an_end_is_not_known(
    tmp_path: Path, recorded: type[Recorded], unknown: int | None
) -> None:
    ready = Refresher(schedule(tmp_path, slots=64, share=1.0), epochs=unknown)
    for epoch in range(10):
        ready.prepare(epoch)
    assert [sorted(recorded.sent[n] + recorded.sent[n + 1]) for n in (0, 2)] == [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [8, 9, 10, 11, 12, 13, 14, 15],
    ]


def test_files_are_rendered_here_or_elsewhere_when_it_goes_on_after_a_stop(
    tmp_path: Path, recorded: type[Recorded]
) -> None:
    what = schedule(tmp_path, slots=64, share=1.0)
    ready = Refresher(what, epochs=4)
    ready.prepare(0)
    ready.stop()
    ready.prepare(1)
    assert what.stream.path(0).is_file()
    assert recorded.sent == [[0, 2], [1], [0, 2], [1]]


def test_nobody_is_sent_out_when_all_is_there(tmp_path: Path, recorded: type[Recorded]) -> None:
    what = schedule(tmp_path, slots=64, share=1.0)
    for number in range(2):
        what.stream.open(number)
    ready = Refresher(what, epochs=3)
    for epoch in range(3):
        ready.prepare(epoch)
    assert recorded.sent == []


def test_only_what_is_shown_and_to_come_is_rendered_when_a_run_is_resumed(
    tmp_path: Path, recorded: type[Recorded]
) -> None:
    what = schedule(tmp_path, slots=64, share=0.5)
    Refresher(what, epochs=9).prepare(7)
    assert sorted(number for dealt in recorded.sent for number in dealt) == [2, 3]
    assert what.files(7) == range(2, 4)


def test_files_are_rendered_here_when_the_process_that_should_ended(
    tmp_path: Path, recorded: type[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "fails", True)
    what = schedule(tmp_path, slots=64, share=1.0)
    ready = Refresher(what, epochs=3)
    ready.prepare(0)
    ready.prepare(1)
    assert what.stream.path(0).is_file()


def test_nobody_is_sent_out_when_another_process_of_the_machine_leads(
    tmp_path: Path, recorded: type[Recorded]
) -> None:
    what = schedule(tmp_path, slots=64, share=1.0)
    Refresher(what, epochs=3, local_rank=1).prepare(1)
    assert recorded.sent == []
    assert what.stream.path(0).is_file()


def test_waiting_is_said_once_when_every_epoch_waits(
    tmp_path: Path, recorded: type[Recorded], caplog: pytest.LogCaptureFixture
) -> None:
    del recorded  # renders nothing before it is waited for
    ready = Refresher(schedule(tmp_path, slots=64, share=1.0), epochs=4)
    with caplog.at_level(logging.INFO):
        for epoch in range(4):
            ready.prepare(epoch)
    assert [r.message for r in caplog.records if "waits" in r.message] == [
        "The training waits for rendered eyes: they take longer than an epoch."
    ]


def test_processes_end_when_the_refresher_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew: list[Worker] = []

    def kept(*job: object) -> Worker:
        crew.append(Worker(*job))  # type: ignore[arg-type]
        return crew[-1]

    monkeypatch.setattr(refresher, "Worker", kept)
    monkeypatch.setattr(refresher, "cores", lambda: 1)
    ready = Refresher(schedule(tmp_path, slots=64, share=1.0, seconds=60), epochs=3)
    ready.prepare(0)
    assert [worker._process.poll() for worker in crew] == [None]
    del ready
    assert [worker._process.poll() for worker in crew] == [-9]


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_processes_end_when_who_trains_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from blink.data.refreshed.refresher import Refresher\n"
        "from tests.data.refreshed.scheduled import schedule\n"
        "ready = Refresher(schedule(Path(sys.argv[1]), 512, 1.0, seconds=0.01), None)\n"
        "ready.prepare(0)\n"
        "print(flush=True)\n"
        "input()\n"
    )
    assert group_after_kill(script, str(tmp_path), seconds=30) == (b"\n", False)
