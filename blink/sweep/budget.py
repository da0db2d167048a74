import secrets
import time
from dataclasses import dataclass
from typing import Final

from blink.sweep.records import Records

_PREFIX: Final = "seconds/"
_INTERVAL: Final = 30.0


@dataclass(frozen=True)
class Budget:
    """How much a search may take.

    Attributes:
        trials: So many are drawn at most, those among them that repeat another; None for no end.
        hours: So long all sessions together may take, each by its own clock; None for no end.
    """

    trials: int | None
    hours: float | None


class Clock:
    """How long a search has taken, all its sessions together.

    A session is one command on one machine, and counts its own time by a clock that nobody can set;
    two that run side by side for an hour have taken two.

    Args:
        records: Of the study.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._name: str | None = None
        self._begun = self._told = 0.0

    def tick(self) -> None:
        """Counts; the first call begins the session. Others hear of it twice a minute."""
        now = time.monotonic()
        if self._name is None:
            self._name, self._begun, self._told = f"{_PREFIX}{secrets.token_hex(4)}", now, now
        elif now - self._told >= _INTERVAL:
            self.stop()

    def stop(self) -> None:
        """Notes where the session stands."""
        if self._name is not None:
            self._told = time.monotonic()
            self._records.note(self._name, self._told - self._begun)

    def seconds(self) -> float:
        """All sessions together, this one to the second."""
        noted = {k: v for k, v in self._records.notes().items() if k.startswith(_PREFIX)}
        if self._name is not None:
            noted[self._name] = time.monotonic() - self._begun
        return float(sum(noted.values()))
