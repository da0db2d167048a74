"""A run's heartbeat: what other machines can tell that it lives by."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

FILE: Final = "heartbeat"
INTERVAL: Final = 10.0
"""Seconds from one beat to the next."""
PATIENCE: Final = 60.0
"""Seconds without a beat after which a heart has stopped."""


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
    """Whether the heart has beaten lately, by the clock of the file system that holds both files.

    No clock of any machine has a say: a scratch file is written and the two are compared. Where
    that cannot be done, as in another user's folder, the run is believed.
    """
    try:
        last = (folder / FILE).stat().st_mtime
    except OSError:
        return False
    now = _now(folder)
    # One from the future was written before somebody set the clock back.
    return now is None or abs(now - last) < PATIENCE


def _now(folder: Path) -> float | None:
    with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        file.write(b".")
        file.flush()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_mtime
    return None
