"""Charts as picture files, for places that show pages none."""

import json
import re
from typing import TYPE_CHECKING, Any, Final

import vl_convert

from blink.pages.colours import colours

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
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours(is_dark=False)[found[1]], spec)
