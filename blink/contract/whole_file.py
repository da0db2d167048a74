"""Files are written whole or not at all: temporary name in the same folder, flush, rename."""

import errno
import glob
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blink.contract.errors import StorageError, is_full

_STALE = 24 * 3600  # seconds; nothing of ours takes that long to write


def _explain(path: Path, error: OSError) -> StorageError:
    fault = error.strerror or error  # of Python's own errors some have no number
    if is_full(error) or error.errno == errno.EFBIG:
        return StorageError(
            f"No space left to write {path} ({fault}). Free some space or point "
            "BLINK_CACHE (caches) or the run folder (paths.runs) at a larger disk. "
            "Nothing half-written was kept."
        )
    return StorageError(f"Could not write {path}: {fault}.")


@contextmanager
def whole_file(path: Path, stale_after: float = _STALE) -> Iterator[Path]:
    """Yields a temporary path that becomes `path` when the block ends well, and vanishes otherwise.

    Args:
        path: Where the file is to stand; its folder is made if it is missing.
        stale_after: Age in seconds from which another process's temporary file is taken for that
            of a killed one and removed; 0 where a lock says that nobody else writes.

    Yields:
        A path in the same folder that does not exist yet.

    Raises:
        StorageError: The disk is full, a quota is reached, or the folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path, stale_after)
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    except StorageError:
        raise
    except OSError as error:
        raise _explain(path, error) from error
    finally:
        if os.path.lexists(temporary):  # asks first: unlink fails where the folder is a file
            temporary.unlink()


@contextmanager
def whole_folder(path: Path, stale_after: float = _STALE) -> Iterator[Path]:
    """Like `whole_file` for a folder, made empty; an older one of that name is replaced."""
    temporary = _temporary(path)
    retired = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path, stale_after)
        temporary.mkdir()
        yield temporary
        for file in filter(Path.is_file, temporary.rglob("*")):
            _flush(file)
        if path.exists():
            path.rename(retired)
        temporary.rename(path)
    except StorageError:
        raise
    except OSError as error:
        raise _explain(path, error) from error
    finally:
        if os.path.lexists(retired) and not os.path.lexists(path):
            retired.rename(path)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(retired, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """Copies a folder but for what is hidden; `shutil.copytree` would hide that a disk is full.

    Args:
        source: The folder.
        target: Where the copy is to stand; there must be nothing yet.

    Raises:
        OSError: A file cannot be read or written; the half copy stays.
    """
    target.mkdir(parents=True)
    for one in source.iterdir():
        if not one.name.startswith("."):
            copy = copy_folder if one.is_dir() else shutil.copy2
            copy(one, target / one.name)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sweep(path: Path, stale_after: float) -> None:
    """Removes what processes that were killed so many seconds ago left of this file or folder."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*-*"):
        if not re.fullmatch(r"\d+-[0-9a-f]{8}", left.name[len(path.name) + 2 :]):
            continue  # not of our making
        with suppress(FileNotFoundError):  # another process has just put it in place
            if time.time() - left.stat().st_mtime >= stale_after:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
