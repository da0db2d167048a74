"""Files of the cache that several processes want at once: one makes them, the others wait."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from blink.contract import DataError, StorageError

T = TypeVar("T")
log = logging.getLogger(__name__)


def get_or_create(path: Path, read: Callable[[Path], T | None], make: Callable[[Path], None]) -> T:
    """Reads a file of the cache, and makes it first where it is missing or damaged.

    Of several processes at once the first makes it; the others wait, then read. The lock is the
    operating system's: it ends with its process, however that ends.

    Args:
        path: The file or folder.
        read: Gives its content, or None unless it is exactly what it should be.
        make: Puts it in place whole; what is there is damaged and may be replaced.

    Raises:
        DataError: It was damaged right after it had been made.
        StorageError: Its folder cannot be written.
    """
    found = read(path)
    if found is not None:
        return found
    lock = _lock(path)
    try:
        found = read(path)  # another process may have made it by now
        if found is None:
            if path.exists():
                log.warning("%s is damaged. Making it anew.", path)
            make(path)
            found = read(path)
    finally:
        lock.release()
    if found is None:
        raise DataError(f"{path} changed while it was read. Delete it and run again.")
    return found


def _lock(path: Path) -> FileLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.info("Another process is making %s. Waiting for it.", path)
            lock.acquire()
    except OSError as error:
        raise StorageError(
            f"Could not write to {path.parent}: {error.strerror}. Name another folder for the "
            "cache: paths.cache=FOLDER, or BLINK_CACHE."
        ) from error
    return lock
