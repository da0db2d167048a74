from typing import Any

from plotly.graph_objects import Figure, Scatter  # type: ignore[import-untyped]

from blink.dashboard.figures.canvas import canvas
from blink.dashboard.figures.whiskers import whiskers
from blink.dashboard.judgement import Estimate
from blink.dashboard.palette import Theme, palette


def draw_differences(pairs: list[dict[str, Any]], theme: Theme) -> Figure:
    """Paired differences of balanced accuracy in points, with their 95 % intervals.

    Args:
        pairs: Of `blink.evaluation.comparison.describe_comparison`.
        theme: Of the screen.
    """
    colours = palette(theme)
    told = [(pair, Estimate.model_validate(pair["gain"]["difference"])) for pair in pairs]
    drawn = [(pair, one) for pair, one in told if one.value is not None]
    figure = canvas(theme, height=110 + 44 * len(drawn), keeps="differences")
    names = [f"{pair['first']}<br>against {pair['second']}" for pair, _ in drawn]
    shares = [one for _, one in drawn]
    figure.add_trace(
        Scatter(
            x=[100 * (one.value or 0.0) for one in shares],
            y=names,
            mode="markers",
            marker={"color": colours.accent, "size": 9},
            error_x=whiskers(shares, colours.accent, 2),
            hovertemplate="%{x:+.1f} points<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": colours.quiet, "width": 1})
    figure.update_xaxes(title_text="points of balanced accuracy")
    figure.update_yaxes(autorange="reversed")
    return figure
