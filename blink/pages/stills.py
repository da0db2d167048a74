"""Charts as picture files, for places that show pages none."""

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import vl_convert

if TYPE_CHECKING:  # whoever draws has altair
    import altair

_WIDTH: Final = 560
_SCALE: Final = 2

_CONFIG: Final[dict[str, Any]] = {
    "background": "var(--card)",
    "padding": 16,
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--line)",
        "gridColor": "var(--line)",
        "labelColor": "var(--quiet)",
        "tickColor": "var(--line)",
        "titleColor": "var(--quiet)",
        "titleFontWeight": "normal",
    },
    "legend": {"orient": "bottom", "title": None},
    "point": {"filled": True, "size": 60, "opacity": 1},
    "rule": {"color": "var(--quiet)"},
    "text": {"color": "var(--ink)"},
}


def still(drawn: "altair.TopLevelMixin", title: str) -> bytes:
    """A chart as a PNG file, in the light colours of `base.css`.

    Args:
        drawn: What `chart` would put into a page; colours are named as there.
        title: Stands above it.
    """
    spec = drawn.to_dict() | {"width": _WIDTH, "title": {"text": title, "anchor": "start"}}
    spec["config"] = _CONFIG
    png: bytes = vl_convert.vegalite_to_png(_coloured(json.dumps(spec)), scale=_SCALE)
    return png


def _coloured(spec: str) -> str:
    """With the colours themselves, since outside of a page their names mean nothing."""
    return re.sub(r"var\((--\w+)\)", lambda found: _colours()[found[1]], spec)


@cache
def _colours() -> dict[str, str]:
    """Name → colour, of the light theme, which stands first."""
    light = (Path(__file__).parent / "base.css").read_text("utf-8").split("}", 1)[0]
    return dict(re.findall(r"(--[\w-]+): (#\w+);", light))
