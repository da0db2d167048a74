"""The files of a bundle's folder, read once each: what was hashed is what runs."""

import hashlib
import os
import stat
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from blink.contract.errors import BundleError
from blink.runtime.entries import AGAIN, CARD, FILE
from blink.runtime.graph.onnx_file import LARGEST_FILE

BESIDE: Final = "latency*.json"
"""Files that may lie in a bundle's folder without being part of what is hashed.

`signature.json` may, too, and names that begin with a dot: file managers and network file systems
leave them behind, a benchmark that is just writing makes one, and nothing reads them.
"""

SIGNATURE: Final = "signature.json"
LARGEST_ENTRIES: Final = 16 << 20
LARGEST_TEXT: Final = 1 << 20
MOST_FILES: Final = 1000
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def largest(name: str) -> int:
    """Bytes that a file of this name may have."""
    return {FILE: LARGEST_ENTRIES, CARD: LARGEST_TEXT, SIGNATURE: LARGEST_TEXT}.get(
        name, LARGEST_FILE
    )


def read_entry(path: Path) -> bytes:
    """Reads a file of a bundle whole.

    Raises:
        BundleError: It is missing, no ordinary file (a link, a folder, a device), or too large.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise BundleError(f"{path} is no ordinary file. {AGAIN}")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | _NO_LINK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise BundleError(f"{path} is no ordinary file. {AGAIN}")
            data = file.read(largest(path.name) + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{path} is missing. {AGAIN}") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > largest(path.name):
        raise BundleError(f"{path} is too large: more than {largest(path.name):,} bytes.")
    return data


def check_outside(place: Path) -> None:
    """Refuses to write into a bundle, whichever it is: it would be refused from then on.

    Args:
        place: The file or folder that is to be written.

    Raises:
        BundleError: It would lie in a bundle's folder, or is one.
    """
    # Who writes a folder goes through a link to one, who writes a file replaces the link.
    for above in (Path(os.path.realpath(place.parent)), Path(os.path.realpath(place))):
        for folder in (above, *above.parents):
            if os.path.lexists(folder / FILE):
                raise BundleError(
                    f"{place} would lie in a bundle's folder, {folder}. Name a place elsewhere."
                )


def read_files(folder: Path, hashes: Mapping[str, str]) -> dict[str, bytes]:
    """Reads the files that a bundle lists, and looks at what else lies there.

    Args:
        folder: The bundle's.
        hashes: Name → SHA-256.

    Returns:
        Name → content, whose hash is right.

    Raises:
        BundleError: A file is missing, changed, or no part of the bundle.
    """
    _check_strangers(folder, hashes)
    files = {}
    for name, expected in hashes.items():
        files[name] = read_entry(folder / name)
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise BundleError(f"{folder / name} was changed after the export. {AGAIN}")
    return files


def _check_strangers(folder: Path, hashes: Mapping[str, str]) -> None:
    try:
        with os.scandir(folder) as entries:
            found = list(islice(entries, MOST_FILES + 1))
    except OSError as error:
        raise BundleError(f"{folder} cannot be read: {error.strerror}.") from error
    if len(found) > MOST_FILES:
        raise BundleError(f"{folder} holds more than {MOST_FILES:,} files: it is no bundle.")
    for entry in sorted(found, key=lambda entry: entry.name):
        path = Path(folder, entry.name)
        if entry.name.startswith("."):
            continue
        known = entry.name in hashes or entry.name in (FILE, SIGNATURE)
        if not known and not path.match(BESIDE):
            raise BundleError(f"{path} is not part of the bundle. Move it elsewhere.")
        if not entry.is_file(follow_symlinks=False):
            raise BundleError(f"{path} is no ordinary file. {AGAIN}")
