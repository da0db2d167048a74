"""A run's heartbeat: what other machines can tell that it lives by."""

import os
import tempfile
import time
from pathlib import Path
from typing import Final

FILE: Final = "heartbeat"
INTERVAL: Final = 10.0
"""Seconds from one beat to the next."""
PATIENCE: Final = 60.0
"""Seconds without a beat after which a heart has stopped."""

_seen: dict[int, tuple[float, float]] = {}
"""Device of a file system → its clock and this process's, both read at one moment."""


def beat(folder: Path, count: int, seconds: float) -> None:
    """Writes a beat over the one before, which a full disk does not prevent.

    Args:
        folder: Of the run.
        count: How many beats there were.
        seconds: How long this attempt has run, by a clock that nobody can set.

    Raises:
        OSError: It cannot be written.
    """
    file = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        os.pwrite(file, b"%12d %15.1f\n" % (count, seconds), 0)
        # Now, of the file system: the same bytes again are a change all the same, but not for all.
        os.utime(file)
    finally:
        os.close(file)


def seconds_beaten(folder: Path) -> float:
    """How long the latest attempt had run at its last beat; 0 where nobody can tell."""
    try:
        return float((folder / FILE).read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0


def is_beating(folder: Path) -> bool:
    """Whether the heart has beaten lately; see `age`.

    Where nobody can tell, as in another user's folder, a heart that did beat is believed.
    """
    try:
        found = age(folder)
    except OSError:
        return False
    # One from the future was written before somebody set the clock back.
    return found is None or abs(found) < PATIENCE


def age(folder: Path) -> float | None:
    """Seconds since the last beat, by the clock of the file system that holds it.

    No clock of any machine has a say: an empty file is made in the folder, is gone again at once,
    and its time is that clock's. One is enough for all runs on a file system, `INTERVAL` seconds
    long.

    Returns:
        None where no such file can be made. Negative where the clock was set back.

    Raises:
        OSError: It has never beaten, or the run was deleted.
    """
    beaten = (folder / FILE).stat()
    then, ours = _seen.get(beaten.st_dev, (0.0, float("-inf")))
    if time.monotonic() - ours > INTERVAL:
        try:
            then, ours = _now(folder), time.monotonic()
        except OSError:
            return None
        _seen[beaten.st_dev] = then, ours
    return then + time.monotonic() - ours - beaten.st_mtime


def _now(folder: Path) -> float:
    with tempfile.TemporaryFile(dir=folder) as file:
        # Asks a server for its time, which it then also tells; nothing has to reach the disk.
        os.utime(file.fileno())
        return os.fstat(file.fileno()).st_mtime
