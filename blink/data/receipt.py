"""Remembers that a file was checked, as git's index does: by the file's size, times and number."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from blink.contract import StorageError, atomic_file
from blink.contract.attributes import VOCABULARY
from blink.data.schema import ARROW

log = logging.getLogger(__name__)

State = list[int]
"""Size, times and number of a file."""

_NAME = ".checked.json"


def find(path: Path) -> tuple[str, int] | None:
    """Fingerprint and number of rows of a file that has not changed since it was checked."""
    try:
        known: Any = json.loads((path.parent / _NAME).read_bytes())
        fingerprint, rows = str(known["fingerprint"]), int(known["rows"])
        if known != _receipt(state(path), fingerprint, rows):
            return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # none, or a damaged one: the file is checked again
    return fingerprint, rows


def leave(path: Path, checked: State, fingerprint: str, rows: int) -> None:
    """Remembers what a check of the file has found, where its folder can be written.

    Args:
        path: The file.
        checked: Its state before it was read: whoever replaces it meanwhile makes another.
        fingerprint: What was found.
        rows: What was found.
    """
    try:
        with atomic_file(path.parent / _NAME) as temporary:
            temporary.write_text(json.dumps(_receipt(checked, fingerprint, rows)), "utf-8")
    except StorageError as error:
        log.debug("%s is checked again next time: %s", path, error)


def state(path: Path) -> State:
    """What changes whenever the file does."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _receipt(checked: State, fingerprint: str, rows: int) -> dict[str, Any]:
    """What is remembered, with a hash of it and of the rules that the file was checked by."""
    known = {"file": checked, "fingerprint": fingerprint, "rows": rows}
    said = json.dumps([known, str(ARROW), list(VOCABULARY.items())])
    return known | {"hash": hashlib.sha256(said.encode()).hexdigest()[:16]}
