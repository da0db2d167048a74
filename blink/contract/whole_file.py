"""Files are written whole or not at all: temporary name in the same folder, flush, rename."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blink.contract.errors import StorageError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _explain(path: Path, error: OSError) -> StorageError:
    if error.errno in _NO_SPACE:
        return StorageError(
            f"No space left to write {path} ({error.strerror}). Free some space or point "
            "BLINK_CACHE (caches) or the run folder (paths.runs) at a larger disk. "
            "Nothing half-written was kept."
        )
    return StorageError(f"Could not write {path}: {error.strerror}.")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path that becomes `path` when the block ends well, and vanishes otherwise.

    Args:
        path: Where the file is to stand; its folder is made if it is missing.

    Yields:
        A path in the same folder that does not exist yet.

    Raises:
        StorageError: The disk is full, a quota is reached, or the folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except StorageError:
        raise
    except OSError as error:
        raise _explain(path, error) from error
    finally:
        if temporary.exists():  # asks first: unlink fails where the folder is a file
            temporary.unlink()


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Like `whole_file` for a folder, made empty; an older one of that name is replaced."""
    temporary = _temporary(path)
    retired = _temporary(path)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if path.exists():
            path.rename(retired)
        temporary.rename(path)
    except StorageError:
        raise
    except OSError as error:
        raise _explain(path, error) from error
    finally:
        if retired.exists() and not path.exists():
            retired.rename(path)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(retired, ignore_errors=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
