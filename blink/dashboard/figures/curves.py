from collections.abc import Sequence

from plotly.graph_objects import Figure, Scatter  # type: ignore[import-untyped]

from blink.dashboard.figures.canvas import canvas, look
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme, palette
from blink.runs import State


def draw_curves(entries: Sequence[ListedRun], metric: str, theme: Theme) -> Figure:
    """A line for each run, over epochs; the last point of a running one is marked."""
    figure = canvas(theme, height=420, keeps=metric)
    for number, entry in enumerate(entries):
        points = entry.curve.get(metric, ())
        colour, dash, symbol = look(palette(theme), number)
        is_running = entry.state is State.RUNNING
        figure.add_trace(
            Scatter(
                x=[point.epoch + 1 for point in points],
                y=[point.value for point in points],
                name=f"{entry.title} (running)" if is_running else entry.title,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                marker={
                    "symbol": symbol,
                    "size": [9 if is_running or len(points) == 1 else 0] * bool(points)
                    if len(points) < 2
                    else [0] * (len(points) - 1) + [9 if is_running else 5],
                },
                hovertemplate="epoch %{x}: %{y:.4g}",
            )
        )
    figure.update_layout(hovermode="x unified" if len(entries) <= 6 else "closest")
    figure.update_xaxes(title_text="epoch", rangemode="tozero")
    figure.update_yaxes(title_text=metric)
    return figure
