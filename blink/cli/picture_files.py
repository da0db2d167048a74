"""Pictures that somebody names at the prompt: single files, and whatever lies in folders."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blink.contract import DataError
from blink.contract.wording import one_line

if TYPE_CHECKING:
    from blink.contract import Crop

SUFFIXES: Final = (
    *(".avif", ".bmp", ".dib", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm"),
    *(".png", ".pnm", ".ppm", ".ras", ".sr", ".tif", ".tiff", ".webp"),
)
"""Names of the formats that cv2 reads; in a folder, other files are passed over."""

_MOST_NAMED: Final = 5
_LARGEST: Final = 256 << 20
"""Bytes: twice what the largest picture takes, four channels of 16 bits, uncompressed."""


@dataclass(frozen=True)
class PictureFile:
    """One picture, not opened yet.

    Attributes:
        path: Where it lies, as the user wrote it.
        name: Its place below the folder that was named, or its own name.
    """

    path: Path
    name: Path


@dataclass(frozen=True)
class Found:
    """What lies in the places that were named.

    Attributes:
        pictures: In their order.
        passed_over: Ending → how many files of folders have it and are not looked at.
    """

    pictures: list[PictureFile]
    passed_over: Counter[str]

    def told(self) -> str:
        """What was passed over, in words; empty for nothing."""
        from blink.data.images import UNREAD, VIDEOS

        named = self.passed_over.most_common(_MOST_NAMED)
        kinds = [f"{count:,} {one_line(kind)}" for kind, count in named]
        if others := self.passed_over.total() - sum(count for _, count in named):
            kinds.append(f"{others:,} others")
        photos = ["convert photos to JPEG or PNG"] if UNREAD & set(self.passed_over) else []
        videos = ["cut eye crops from videos first"] if VIDEOS & set(self.passed_over) else []
        ways = "; ".join(photos + videos)
        return f"passed over: {', '.join(kinds)}{f' ({ways})' if ways else ''}" if kinds else ""


def find_pictures(places: Iterable[Path]) -> Found:
    """The pictures of files and folders: files in the order given, each folder's by name.

    Files that are named are taken whatever their name, and whether or not they are there: reading
    them says what is wrong. So does reading a folder that could not be listed. Hidden files and
    folders are passed over, and links to folders, which may lead in circles.
    """
    passed_over: Counter[str] = Counter()
    return Found([one for place in places for one in _below(place, passed_over)], passed_over)


def _below(place: Path, passed_over: Counter[str]) -> Iterator[PictureFile]:
    if not place.is_dir():
        yield PictureFile(place, Path(place.name))
        return
    closed: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            ending = path.suffix.lower()
            if name.startswith("."):
                continue
            if ending in SUFFIXES:
                yield PictureFile(path, path.relative_to(place))
            else:
                passed_over[ending or "without an ending"] += 1
    for error in closed:
        path = Path(error.filename)
        yield PictureFile(path, path.relative_to(place))


def read_picture(path: Path, bits: int | None = None) -> "Crop":
    """Reads a picture as an import does.

    Args:
        path: Of the file.
        bits: Of a picture of 16, see `blink.data.images.decode_foreign`.

    Returns:
        uint8 (H, W) of a grey file, (H, W, 3) in the order RGB of a colour file.

    Raises:
        DataError: It cannot be opened, is no ordinary file, no picture that can be read, or too
            large for an eye, or its levels do not fit its bits.
    """
    import cv2

    from blink.data.images import advice, decode_foreign

    hint = advice(path.name)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # we say it ourselves
    try:
        found = path.stat()
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise DataError("it is no ordinary file")  # whoever opens a pipe waits
        if found.st_size > _LARGEST:
            raise DataError(f"{found.st_size:,} bytes are no eye crop; it was not read{hint}")
        encoded = path.read_bytes()
    except OSError as error:
        raise DataError(f"it cannot be opened ({error.strerror})") from error
    try:
        return decode_foreign(encoded, bits)[0]
    except DataError as error:
        raise DataError(f"{error}{hint}") from error
