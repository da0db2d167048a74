"""Colours of the charts: those of the pages' style sheet, for light and for dark screens."""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from blink.pages import colours

Theme = Literal["light", "dark"]

SERIES: Final = 6
"""Colours for lines and points; more of them take dashes and symbols as well."""


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for.

    Attributes:
        ink: Text.
        quiet: Text that is less.
        line: Grids and axes.
        card: What charts stand on.
        accent: What matters most.
        series: One after the other.
        scale: From worst to best.
    """

    ink: str
    quiet: str
    line: str
    card: str
    accent: str
    series: tuple[str, ...]
    scale: tuple[str, str, str]


@cache
def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    named = colours(is_dark=theme == "dark")
    return Palette(
        ink=named["ink"],
        quiet=named["quiet"],
        line=named["line"],
        card=named["card"],
        accent=named["accent"],
        series=tuple(named[f"c{number}"] for number in range(SERIES)),
        scale=(named["c1"], named["c6"], named["c0"]),
    )
