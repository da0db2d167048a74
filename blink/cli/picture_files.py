"""Pictures that somebody names at the prompt: single files, and whatever lies in folders."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blink.contract import DataError

if TYPE_CHECKING:
    from blink.contract import Crop

SUFFIXES: Final = (
    *(".avif", ".bmp", ".dib", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm"),
    *(".png", ".pnm", ".ppm", ".ras", ".sr", ".tif", ".tiff", ".webp"),
)
"""Names of the formats that cv2 reads; in a folder, other files are passed over."""


@dataclass(frozen=True)
class PictureFile:
    """One picture, not opened yet.

    Attributes:
        path: Where it lies, as the user wrote it.
        name: Its place below the folder that was named, or its own name.
    """

    path: Path
    name: Path


def find_pictures(places: Iterable[Path]) -> list[PictureFile]:
    """The pictures of files and folders: files in the order given, each folder's by name.

    Files that are named are taken whatever their name, and whether or not they are there: reading
    them says what is wrong. So does reading a folder that could not be listed. Hidden files and
    folders are passed over, and links to folders, which may lead in circles.
    """
    return [found for place in places for found in _below(place)]


def _below(place: Path) -> Iterator[PictureFile]:
    if not place.is_dir():
        yield PictureFile(place, Path(place.name))
        return
    closed: list[OSError] = []
    for folder, folders, files in os.walk(place, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield PictureFile(path, path.relative_to(place))
    for error in closed:
        path = Path(error.filename)
        yield PictureFile(path, path.relative_to(place))


def read_picture(path: Path) -> "Crop":
    """Reads a picture as an import does, see `blink.data.images.decode`.

    Returns:
        uint8 (H, W) of a grey file, (H, W, 3) in the order RGB of a colour file.

    Raises:
        DataError: It cannot be opened, is no ordinary file, no picture that can be read, or too
            large for an eye.
    """
    import cv2

    from blink.data.images import decode

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # we say it ourselves
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # whoever opens a pipe waits
            raise DataError("it is no ordinary file")
        encoded = path.read_bytes()
    except OSError as error:
        raise DataError(f"it cannot be opened ({error.strerror})") from error
    return decode(encoded)
