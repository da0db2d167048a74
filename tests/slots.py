from pathlib import Path

import pytest

from blink.latency.slot import VARIABLE, Slot


def can_measure(folder: Path) -> bool:
    """Whether nobody computes just now for whom who measures in this slot would have to wait."""
    import fcntl

    with (folder / "quiet").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def looks_when_giving_way(slot: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Names the slot; gets, each time that way is given, whether it was held until then."""
    monkeypatch.setenv(VARIABLE, str(slot))
    held: list[bool] = []
    monkeypatch.setattr(Slot, "give_way", lambda _: held.append(not can_measure(slot)))
    return held
