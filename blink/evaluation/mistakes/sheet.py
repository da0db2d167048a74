"""A contact sheet: the crops of a kind side by side, as one picture file."""

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from blink.contract import ConfigError
from blink.evaluation.mistakes.exhibits import LARGEST_SIDE, Exhibit
from blink.evaluation.wording import probability

_COLUMNS: Final = 6
_GAP: Final = 8
_LINE: Final = 14
_LINES: Final = 2
_MOST_LETTERS: Final = 20
_PAPER: Final = "white"
_INK: Final = "#333333"


def contact_sheet(exhibits: Sequence[Exhibit]) -> bytes:
    """Draws crops in rows of six, each with its label, what was said of it, and whose it is.

    Args:
        exhibits: In the order in which they are to be read.

    Returns:
        A PNG file; small crops are enlarged, so that all are of one size.

    Raises:
        ConfigError: There is nothing to draw.
    """
    if not exhibits:
        raise ConfigError("A contact sheet needs at least one crop, and there is none.")
    columns = min(_COLUMNS, len(exhibits))
    rows = -(-len(exhibits) // columns)
    across, down = LARGEST_SIDE + _GAP, LARGEST_SIDE + _LINES * _LINE + _GAP
    sheet = Image.new("RGB", (_GAP + columns * across, _GAP + rows * down), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, one in enumerate(exhibits):
        left, top = _GAP + number % columns * across, _GAP + number // columns * down
        sheet.paste(_tile(one), (left, top))
        for line, text in enumerate(_caption(one)):
            draw.text((left, top + LARGEST_SIDE + 1 + line * _LINE), text, _INK, font)
    file = BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _tile(one: Exhibit) -> Image.Image:
    encoded = base64.b64decode(one.picture.partition(",")[2])
    side = (LARGEST_SIDE, LARGEST_SIDE)
    return ImageOps.pad(Image.open(BytesIO(encoded)).convert("RGB"), side, color=_PAPER)


def _caption(one: Exhibit) -> tuple[str, str]:
    return f"{one.label}, p {probability(one.p_closed)}", one.subject[:_MOST_LETTERS]
