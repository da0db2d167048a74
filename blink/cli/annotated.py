"""Copies of pictures with the answer drawn below them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blink.cli.vacancy import refuse_occupied, refuse_within
from blink.contract import atomic_file

if TYPE_CHECKING:
    from blink.contract import Crop

_WIDTH: Final = 176
"""Pixels that a line of text takes; narrower pictures are shown enlarged, in whole multiples."""
_LARGEST: Final = 1024
"""Pixels up to which a picture is enlarged."""
_LINE: Final = 22
_INK: Final = (255, 255, 255)
_PAPER: Final = (32, 32, 32)


class Copies:
    """A folder for annotated copies; nothing in it is ever overwritten."""

    def __init__(self, folder: Path, places: Iterable[Path]) -> None:
        """Takes a folder that is missing or empty.

        Args:
            folder: For the copies.
            places: Files and folders of the pictures.

        Raises:
            DataError: Something is there, or it lies within one of the places: who judges that
                again would take the copies for pictures.
        """
        for place in places:
            why = (
                f"{place}, whose pictures are judged: the next predict would take the copies for "
                "eyes"
            )
            refuse_within(folder, place, why, "--annotate")
        refuse_occupied(folder, "--annotate")
        self._folder = folder

    def write(self, name: Path, picture: "Crop", lines: Sequence[str], mark: str) -> Path:
        """Writes one copy, as PNG.

        Args:
            name: Its place in the folder; a number is added where that is taken.
            picture: uint8 (H, W) or RGB (H, W, 3).
            lines: What is written below it, in ASCII.
            mark: A colour of `draw`.

        Raises:
            StorageError: The disk is full.
        """
        from blink.data.images import encode_png

        path = self._vacant(name if name.suffix == ".png" else name.with_name(f"{name.name}.png"))
        with atomic_file(path) as temporary:
            temporary.write_bytes(encode_png(draw(picture, lines, mark)))
        return path

    def _vacant(self, name: Path) -> Path:
        path, number = self._folder / name, 1
        while path.exists():
            number += 1
            path = (self._folder / name).with_name(f"{name.stem}-{number}{name.suffix}")
        return path


def draw(picture: "Crop", lines: Sequence[str], mark: str) -> "Crop":
    """Draws lines of text below a picture, and a coloured bar between the two.

    Args:
        picture: uint8 (H, W) or RGB (H, W, 3).
        lines: In ASCII, which is all that cv2 can draw.
        mark: The colour of the bar: `closed`, `open`, or `unusable`.

    Returns:
        RGB, uint8 (H', W', 3): the picture, enlarged if it is small, on a strip for the text.
    """
    import cv2
    import numpy as np

    rgb = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    height, width = rgb.shape[:2]
    times = max(1, min(-(-_WIDTH // width), _LARGEST // max(height, width)))
    larger = np.repeat(np.repeat(rgb, times, axis=0), times, axis=1)
    height, width = larger.shape[:2]
    unit = max(1.0, width / _WIDTH / 2)  # text grows with large pictures, half as fast
    line = round(_LINE * unit)
    canvas = np.empty((height + line * len(lines) + line // 2, max(_WIDTH, width), 3), np.uint8)
    canvas[...] = _PAPER
    left = (canvas.shape[1] - width) // 2
    canvas[:height, left : left + width] = larger
    canvas[height : height + line // 5] = _MARKS[mark]
    for number, text in enumerate(lines, start=1):
        _write(canvas, text, height + line * number, unit)
    return canvas


_MARKS: Final = {"closed": (240, 120, 40), "open": (60, 190, 120), "unusable": (150, 150, 150)}
"""RGB."""


def _write(canvas: Any, text: str, base: int, unit: float) -> None:
    """One line of text, made smaller where it would not fit."""
    import cv2

    font, size, weight, margin = cv2.FONT_HERSHEY_SIMPLEX, 0.5 * unit, round(unit), round(5 * unit)
    (width, _), _ = cv2.getTextSize(text, font, size, weight)
    size *= min(1.0, (canvas.shape[1] - 2 * margin) / max(width, 1))
    cv2.putText(canvas, text, (margin, base), font, size, _INK, weight, cv2.LINE_AA)
