import logging
import weakref
from contextlib import suppress
from typing import Final

from blink.contract import DataError, cores
from blink.data.refreshed.schedule import Schedule
from blink.data.refreshed.stream import render_files
from blink.data.workers import Worker

log = logging.getLogger(__name__)

_AHEAD: Final = 8
"""Epochs that are rendered ahead: starting processes costs half a second each."""


class Refresher:
    """Has the crops of an epoch ready when it begins, and those of later epochs rendered meanwhile.

    What an epoch shows does not depend on it. Its processes end with what they have to render, with
    this object, with this process, or once nobody reads what they say, whichever comes first; of
    several processes that train together (DDP), the first of each machine has some.

    Args:
        schedule: Which crops an epoch shows.
        epochs: How many there will be; None or below 0 where nobody knows.
        local_rank: Number of this process among those of its machine, as Lightning has it: which
            variable of the environment says so depends on who started them.
    """

    def __init__(self, schedule: Schedule, epochs: int | None, local_rank: int = 0) -> None:
        self._schedule = schedule
        self._epochs = None if epochs is None or epochs < 0 else epochs
        self._crew: list[Worker] = []
        self._rendering: dict[int, Worker] = {}
        self._scheduled_until = 0
        self._leads = local_rank == 0
        self._warned = not self._leads
        weakref.finalize(self, _stop, self._crew)

    def prepare(self, epoch: int) -> None:
        """Comes back when all that this epoch shows is there.

        Raises:
            StorageError: The disk is full.
        """
        shown = self._schedule.files(epoch)
        for number in filter(self._rendering.__contains__, shown):
            self._wait_for(number)  # before those who are at it are sent for something else
        if self._leads and self._schedule.files(self._last(epoch, 1)).stop > self._scheduled_until:
            self._send_out(shown.start, self._last(epoch, _AHEAD))
        for number in shown:
            self._wait_for(number)

    def stop(self) -> None:
        """Ends the processes; what they have rendered stays."""
        _stop(self._crew)
        self._rendering.clear()
        self._scheduled_until = 0

    def _last(self, epoch: int, ahead: int) -> int:
        """So many epochs on, or the last of all."""
        return epoch + ahead if self._epochs is None else min(epoch + ahead, self._epochs - 1)

    def _send_out(self, first: int, last: int) -> None:
        """Lets other processes render what is missing from a file on to those of an epoch."""
        self.stop()
        stream, self._scheduled_until = self._schedule.stream, self._schedule.files(last).stop
        missing = [n for n in range(first, self._scheduled_until) if not stream.path(n).is_file()]
        processes = min(cores(), len(missing))
        for dealt in (missing[number::processes] for number in range(processes)):
            self._crew.append(
                Worker(render_files.__module__, render_files.__name__, (stream, dealt))
            )
            self._rendering |= dict.fromkeys(dealt, self._crew[-1])

    def _wait_for(self, number: int) -> None:
        stream, worker = self._schedule.stream, self._rendering.pop(number, None)
        if not (self._warned or stream.path(number).is_file()):
            self._warned = True
            log.info("The training waits for rendered eyes: they take longer than an epoch.")
        with suppress(DataError):  # it ended early; what it had to render is rendered here
            while worker is not None and worker.receive() != number:
                pass
        stream.open(number)


def _stop(crew: list[Worker]) -> None:
    while crew:
        crew.pop().stop()
