"""One crop as its source describes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Skip = Callable[[str, str], None]
"""Called with the name of what cannot be used, and its fault."""
Box = tuple[int, int, int, int]
"""x, y, width and height of a part of a picture, in pixels from its upper left corner."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One crop as its source describes it.

    Attributes:
        source: Its name within the source, without what depends on where the source lies; it
            makes the crop's id, so that no two crops share one.
        columns: Columns of the manifest, see `blink.data.row.make_row`; `subject` None where the
            source has no people.
        member: The file that holds its picture, see `Archive.read`.
        encoded: The picture file itself, where the source holds it in a table of its own.
        box: The part of the picture that is the crop; None for all of it.
        size: Width and height, in pixels, of the picture that the box was drawn on. A file of
            another size is refused: the box would show something else there.
    """

    source: str
    columns: Mapping[str, Any]
    member: str = ""
    encoded: bytes | None = None
    box: Box | None = None
    size: tuple[int, int] | None = None
