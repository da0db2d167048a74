from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.views.pieces import control, graph

USUAL = 5
"""So many settings are shown before anybody chooses."""


def layout() -> list[Component]:
    """Settings to choose, and the chart."""
    return [
        control(
            "Settings",
            dcc.Dropdown(id="axes", multi=True, placeholder="those that were set by hand"),
            wide=True,
        ),
        html.P(id="parallel-words", className="note"),
        graph(
            "parallel",
            "Parallel coordinates: an axis for each setting, a line for each run, coloured by "
            "balanced accuracy. The table of runs has the same numbers as columns.",
        ),
    ]
