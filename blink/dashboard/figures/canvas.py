from typing import Any

from plotly.graph_objects import Figure  # type: ignore[import-untyped]

from blink.dashboard.palette import Palette, Theme, palette

DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")


def canvas(theme: Theme, *, height: int, keeps: str, **layout: Any) -> Figure:
    """An empty figure in the page's own colours.

    Args:
        theme: Of the screen.
        height: In pixels; the width is the page's.
        keeps: As long as this stays the same, so do zoom and what was switched off.
        **layout: Plotly's.
    """
    colours = palette(theme)
    figure = Figure()
    figure.update_layout(
        height=height,
        uirevision=keeps,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 56, "r": 16, "t": 16, "b": 48},
        font={"color": colours.ink, "size": 13, "family": "system-ui, sans-serif"},
        colorway=colours.series,
        hoverlabel={"bgcolor": colours.card, "font": {"color": colours.ink}, "align": "left"},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        **layout,
    )
    axis = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zerolinecolor": colours.line,
        "tickfont": {"color": colours.quiet},
        "title": {"font": {"size": 13}},  # larger ones are cut off on a phone
        "automargin": True,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def look(colours: Palette, number: int) -> tuple[str, str, str]:
    """Colour, dash and symbol of the nth line: no two of the first 24 lines are alike."""
    turn = number // len(colours.series)
    return (
        colours.series[number % len(colours.series)],
        DASHES[turn % len(DASHES)],
        SYMBOLS[(number + turn) % len(SYMBOLS)],
    )
