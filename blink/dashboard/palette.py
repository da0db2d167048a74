"""Colours of the charts: those of the pages' style sheet, for light and for dark screens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

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


def base_style() -> str:
    """The style sheet that all pages of Blink begin with."""
    return (files("blink") / "pages" / "base.css").read_text("utf-8")


@cache
def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    colours = _variables()[theme]
    return Palette(
        ink=colours["ink"],
        quiet=colours["quiet"],
        line=colours["line"],
        card=colours["card"],
        accent=colours["accent"],
        series=tuple(colours[f"c{number}"] for number in range(SERIES)),
        scale=(colours["c1"], colours["c6"], colours["c0"]),
    )


def _variables() -> Mapping[Theme, Mapping[str, str]]:
    """Dark is what differs from light."""
    blocks = re.findall(r":root \{(.*?)\}", base_style(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks[:2])
    return {"light": light, "dark": {**light, **dark}}
