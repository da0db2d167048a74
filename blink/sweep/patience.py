"""A full disk stops a trial, not the study: its worker waits until there is room again."""

import logging
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from blink.contract import is_full

log = logging.getLogger(__name__)

LOOK: Final = 5.0
"""Seconds between two tries."""

LEAST_FREE: Final = 200.0
"""Megabytes that must be free before a trial begins."""

_Result = TypeVar("_Result")


class Patience:
    """Waits for room on the disk, and says so once.

    Args:
        folder: Of the study; its runs lie on the same disk.
        check: Called between two tries, and before the first; raises where it is not to wait.
    """

    def __init__(self, folder: Path, check: Callable[[], None]) -> None:
        self._folder, self._check = folder, check
        self._is_waiting = False

    def do(self, step: Callable[[], _Result]) -> _Result:
        """Does what writes, again and again until the disk has room for it."""
        while True:
            try:
                result = step()
            except OSError as error:
                if not is_full(error):
                    raise
                self._wait(str(error))
            else:
                self._go_on()
                return result

    def wait_for_room(self) -> None:
        """Returns once a trial may begin: it would fail at once, and so would the one after it."""
        self.do(partial(self._folder.mkdir, parents=True, exist_ok=True))
        while (free := shutil.disk_usage(self._folder).free / 1e6) < LEAST_FREE:
            self._wait(
                f"{free:.0f} MB are free where {self._folder} lies, and {LEAST_FREE:g} are "
                "wanted before a trial begins."
            )
        self._go_on()

    def _wait(self, why: str) -> None:
        self._check()
        if not self._is_waiting:
            log.warning("%s This worker waits until there is room: free some.", why)
        self._is_waiting = True
        time.sleep(LOOK)
        self._check()

    def _go_on(self) -> None:
        if self._is_waiting:
            log.info("There is room on the disk again.")
        self._is_waiting = False
