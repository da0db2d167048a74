"""What importers of annotations in JSON share: reading what nobody checked, boxes, answers."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from blink.contract import ConfigError, DataError
from blink.data.importers.general import check_text
from blink.data.importers.listed import ListedEyes
from blink.data.importers.picture import Box

LARGEST_JSON = 256 * 2**20
"""Bytes; such a file takes some ten times as much memory to read."""
_LARGEST_PICTURE = 2**16
_WORDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    int: "a whole number",
    type(None): "nothing",
}
"""What JSON holds, by the type that it is read as."""
_LEAST_WITHIN = 0.5
"""Share of a box that has to lie within its picture."""


@dataclass(frozen=True, kw_only=True)
class AnnotatedEyes(ListedEyes):
    """Eyes that a file of JSON describes, with pictures beside it; nothing is ever fetched."""

    people_in: ClassVar[str] = "--subject-in FIELD, or "

    subject_in: str | None = field(
        default=None,
        metadata={
            "help": "Where the person stands: attributes.NAME of an annotation or its image in "
            "COCO, a field of a task's data in Label Studio."
        },
    )
    eyes: str | None = field(
        default=None,
        metadata={
            "help": "Regular expression for the whole name of a category that is an eye; others, "
            "such as face, are passed over. All are eyes if left out."
        },
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.subject_in is not None and self.subject_from is not None:
            raise ConfigError("--subject-in and --subject-from both name people. Drop one.")
        try:
            re.compile(self.eyes or "")
        except re.error as error:
            raise ConfigError(f"--eyes {self.eyes!r} is no regular expression ({error}).") from None

    @property
    def has_people(self) -> bool:
        """Whether a field of the file names the person."""
        return self.subject_in is not None

    def is_eye(self, category: str) -> bool:
        """Whether a category is that of an eye."""
        return self.eyes is None or re.fullmatch(self.eyes, category) is not None


def read_json(path: Path) -> Any:
    """Reads a file of JSON that nobody checked.

    Raises:
        DataError: It is missing, too large, no JSON in UTF-8, nested too deeply, or holds numbers
            that are none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    if len(content) > LARGEST_JSON:
        raise DataError(f"{path} is larger than {LARGEST_JSON:,} bytes. Export it in parts.")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no JSON that can be read ({error}).") from None


def member_of(value: Any, kind: type, what: str) -> Any:
    """The value itself, if it is of that kind.

    Raises:
        DataError: It is missing or of another kind; `what` says where it was looked for.
    """
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise DataError(f"{what} should be {_WORDS[kind]}, not {_short(value)}")
    if isinstance(value, str):
        check_text(value)
    return value


def word_of(value: Any, what: str) -> str:
    """Text, a whole number, or true and false as the words that the file shows.

    Raises:
        DataError: It is anything else, or empty.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if not member_of(value, str, what):
        raise DataError(f"{what} is empty")
    return str(value)


def number_of(value: Any, what: str) -> float:
    """A number that pixels can be counted with.

    Raises:
        DataError: It is none, not finite, or so large that no picture has a place for it.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) < 2**31:
        raise DataError(f"{what} should be a number, not {_short(value)}")
    return float(value)


def size_of(entry: Mapping[str, Any], width: str, height: str) -> tuple[int, int]:
    """Width and height of a picture, as the file says.

    Raises:
        DataError: It does not, or no picture has such a size.
    """
    columns, rows = (member_of(entry.get(name), int, name) for name in (width, height))
    if not (0 < columns <= _LARGEST_PICTURE and 0 < rows <= _LARGEST_PICTURE):
        raise DataError(f"no picture has {columns}×{rows} pixels")
    return columns, rows


def whole_pixels(sides: list[Any], size: tuple[int, int]) -> Box:
    """The box of whole pixels whose edges are nearest to a box, clipped to its picture.

    Args:
        sides: Left and upper edge, width and height, in pixels.
        size: Width and height of the picture.

    Raises:
        DataError: A side is no number, the box has no inside, or less than half of it lies
            within the picture.
    """
    x, y, width, height = (number_of(side, "a side of its box") for side in sides)
    if width <= 0 or height <= 0:
        raise DataError(f"its box has no inside: {width}×{height} pixels")
    left, right = (min(max(math.floor(edge + 0.5), 0), size[0]) for edge in (x, x + width))
    top, bottom = (min(max(math.floor(edge + 0.5), 0), size[1]) for edge in (y, y + height))
    across = max(min(x + width, size[0]) - max(x, 0), 0)
    down = max(min(y + height, size[1]) - max(y, 0), 0)
    if across * down < _LEAST_WITHIN * width * height or left == right or top == bottom:
        raise DataError(
            f"its box of {width:g}×{height:g} pixels at ({x:g}, {y:g}) lies outside of its "
            f"picture, or is smaller than one of its pixels: {size[0]}×{size[1]}"
        )
    return left, top, right - left, bottom - top


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _short(value: Any) -> str:
    if value is None or isinstance(value, dict | list):  # may be nested as deeply as it likes
        return _WORDS[type(value)]
    text = str(value).lower() if isinstance(value, bool) else ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
