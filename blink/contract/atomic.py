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


def _explain(path: Path, temporary: Path, error: OSError) -> StorageError:
    fault = error.strerror or error  # of Python's own errors some have no number
    other = _other_file(path, temporary, error)
    if is_full(error) or error.errno == errno.EFBIG:
        return StorageError(
            f"No space left to write {other or path} ({fault}). Free some space, or write to a "
            "larger disk: BLINK_CACHE moves caches, paths.runs the folder of runs, --out what a "
            "command makes. Nothing half-written was kept."
        )
    if other is not None:
        return StorageError(f"Could not write {path}, because of {other}: {fault}.")
    return StorageError(f"Could not write {path}: {fault}.")


def _other_file(path: Path, temporary: Path, error: OSError) -> Path | None:
    """The file that an error is about, if it is another: blocks also read what they write of."""
    if not isinstance(error.filename, str):
        return None
    at = Path(error.filename)
    is_ours = temporary.name in at.parts or at in (path, *path.parents)
    return None if is_ours else at


@contextmanager
def atomic_file(path: Path, stale_after: float = _STALE) -> Iterator[Path]:
    """Yields a temporary path that becomes `path` when the block ends well, and vanishes otherwise.

    Args:
        path: Where the file is to stand; its folder is made if it is missing.
        stale_after: Age in seconds from which another process's temporary file is taken for that
            of a killed one and removed; 0 where a lock says that nobody else writes.

    Yields:
        A path in the same folder that does not exist yet.

    Raises:
        StorageError: The disk is full, a quota is reached, the folder cannot be written, or the
            path has no name of its own, as `.` and `/`.
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
        raise _explain(path, temporary, error) from error
    finally:
        _remove(temporary)


@contextmanager
def atomic_folder(path: Path, stale_after: float = _STALE) -> Iterator[Path]:
    """Like `atomic_file` for a folder, made empty; an older one of that name is replaced.

    Of a link it is the folder that it leads to.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
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
        raise _explain(path, temporary, error) from error
    finally:
        if os.path.lexists(retired) and not os.path.lexists(path):
            retired.rename(path)
        _remove(temporary)
        _remove(retired)


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
            # Without its mode: what nobody may write cannot be flushed either.
            copy = copy_folder if one.is_dir() else shutil.copyfile
            copy(one, target / one.name)


def _temporary(path: Path) -> Path:
    if not path.name:
        raise StorageError(f"Could not write {path}: it is a folder. Name what is to stand in it.")
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sweep(path: Path, stale_after: float) -> None:
    """Removes what processes that were killed so many seconds ago left of this file or folder."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*-*"):
        if not re.fullmatch(r"\d+-[0-9a-f]{8}(-single)?", left.name[len(path.name) + 2 :]):
            continue  # not of our making
        with suppress(FileNotFoundError):  # another process has just put it in place
            if time.time() - left.lstat().st_mtime >= stale_after:
                _remove(left)


def _remove(path: Path) -> None:
    """Removes a folder as far as it can be, or whatever else stands there, if anything does."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):  # asks first: unlink fails where the parent is a file
        path.unlink()
