from typing import TYPE_CHECKING, Final

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

if TYPE_CHECKING:  # a page without charts is made without altair
    import altair

MARK: Final = 'class="chart"'
"""What only a page with a chart has in it."""

_FIGURE: Final = Markup(
    '<figure {mark}>\n<div class="canvas" role="figure" aria-label="{description}"></div>\n'
    '<script type="application/json">{spec}</script>\n<figcaption>{description}</figcaption>\n'
    "</figure>"
)


def chart(drawn: "altair.TopLevelMixin", description: str) -> Markup:
    """A chart as it stands in a page; it is drawn when the page is opened.

    It is as wide as its place. Colours follow light and dark where they are named as in `base.css`:
    `var(--c0)` to `var(--c6)` for lines, `var(--accent)`, `var(--warn)`, `var(--bad)`,
    `var(--good)`, `var(--quiet)`. Axes and fonts are those of the page, see `charts.js`.

    Args:
        drawn: A single view or layers; parameters that are bound to a slider work by keyboard.
        description: What it shows and what is to be seen in it, in sentences that stand beneath it:
            all that somebody has who cannot see it.
    """
    spec = drawn.to_dict() | {"width": "container"}
    del spec["$schema"], spec["config"]
    return _FIGURE.format(
        mark=Markup(MARK),  # noqa: S704 - a constant
        description=description,
        spec=htmlsafe_json_dumps(spec),
    )
