"""Parallel coordinates, drawn as plain lines.

Plotly's own `parcoords` needs WebGL, which many a remote or virtual screen has not.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from plotly.colors import sample_colorscale  # type: ignore[import-untyped]
from plotly.graph_objects import Figure, Scatter  # type: ignore[import-untyped]

from blink.dashboard.figures.canvas import canvas
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme, palette
from blink.dashboard.settings import Setting, told

SHADES: Final = 9
"""So many colours from the worst to the best."""

MOST_WORDS: Final = 8
"""Of more words than this only so many are written along an axis."""


@dataclass(frozen=True)
class Axis:
    """One of the axes.

    Attributes:
        title: What it shows.
        places: Of each run, from 0 at the bottom to 1.
        ticks: Place → what is written there.
        words: Each run's value, to be read.
    """

    title: str
    places: Sequence[float]
    ticks: dict[float, str]
    words: Sequence[str]


def draw_parallel(
    entries: Sequence[ListedRun],
    names: Sequence[str],
    on: str,
    theme: Theme,
    kept: Collection[str] | None = None,
) -> Figure:
    """An axis for each setting, then latency and balanced accuracy, a line for each run.

    Args:
        entries: Runs without a balanced accuracy are left out.
        names: Of settings.
        on: The data set that the runs were judged on.
        theme: Of the screen.
        kept: Ids of the runs that a box was drawn around; None without a box.
    """
    judged = [(entry, one) for entry in entries if (one := entry.judged(on))]
    drawn = [(entry, one) for entry, one in judged if one.accuracy.value is not None]
    axes = [
        _axis(".".join(name.split(".")[-2:]), [entry.settings.get(name) for entry, _ in drawn])
        for name in names
    ]
    axes += [
        _axis("latency, µs", [one.p50_us for _, one in drawn]),
        _axis("bal. acc., %", [100 * (one.accuracy.value or 0.0) for _, one in drawn]),
    ]
    colours = palette(theme)
    figure = canvas(theme, height=480, keeps=f"{on} {names}", showlegend=False)
    order = sorted(range(len(drawn)), key=lambda place: axes[-1].places[place])
    shades = sample_colorscale(list(colours.scale), [n / (SHADES - 1) for n in range(SHADES)])
    for place in order:  # the best on top
        entry, judgement = drawn[place]
        is_kept = kept is None or entry.id in kept
        shade = shades[round(axes[-1].places[place] * (SHADES - 1))]
        figure.add_trace(
            Scatter(
                x=list(range(len(axes))),
                y=[axis.places[place] for axis in axes],
                mode="lines+markers",
                line={"color": shade if is_kept else colours.line, "width": 1.3},
                marker={"size": 4},
                opacity=0.75 if is_kept else 0.35,
                customdata=[[entry.id, axis.words[place]] for axis in axes],
                name=f"{entry.title}: {judgement.accuracy.text} %",
                hovertemplate="%{customdata[1]}",
            )
        )
    _write_axes(figure, axes, theme)
    return figure


def _write_axes(figure: Figure, axes: Sequence[Axis], theme: Theme) -> None:
    colours = palette(theme)
    for number, axis in enumerate(axes):
        for place, text in axis.ticks.items():
            figure.add_annotation(
                x=number, y=place, text=text, showarrow=False, xanchor="left", xshift=5,
                font={"size": 11, "color": colours.ink}, bgcolor=colours.card, opacity=0.9,
                borderpad=1,
            )  # fmt: skip
    figure.update_xaxes(
        tickvals=list(range(len(axes))),
        ticktext=[axis.title for axis in axes],
        side="top",
        range=[-0.15, len(axes) - 0.4],
        gridcolor=colours.quiet,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[-0.06, 1.06], fixedrange=True)
    figure.update_layout(dragmode="select", margin={"l": 8, "r": 8, "t": 48, "b": 8})


def _axis(title: str, values: Sequence[Setting | None]) -> Axis:
    """Numbers by their size, by its logarithm where they span more than a decade; words apart."""
    numbers = [value for value in values if type(value) is float or type(value) is int]
    if len(numbers) == len(values) and len(set(numbers)) > 1:
        low, high = min(numbers), max(numbers)
        is_log = low > 0 and high / low > 10
        places = [_place(value, low, high, is_log=is_log) for value in numbers]
        return Axis(title, places, {0.0: f"{low:.4g}", 1.0: f"{high:.4g}"}, _words(title, numbers))
    words = [told(value) for value in values]
    apart = sorted(set(words))
    at = {word: place / max(len(apart) - 1, 1) for place, word in enumerate(apart)}
    step = -(-len(apart) // MOST_WORDS)
    ticks = {at[word]: word if len(word) <= 16 else f"{word[:15]}…" for word in apart[::step]}
    return Axis(title, [at[word] for word in words], ticks, _words(title, words))


def _place(value: float, low: float, high: float, *, is_log: bool) -> float:
    if is_log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _words(title: str, values: Sequence[Setting]) -> list[str]:
    return [f"{title}: {told(value)}" for value in values]
