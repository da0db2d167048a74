from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from blink.dashboard.figures.importance import LEAST
from blink.dashboard.views.pieces import empty, graph, table


def layout() -> list[Component]:
    """The chart, and its table."""
    return [
        html.Div("Working it out…", id="importance-words"),
        graph("importance", "Importance of each setting; the table below has the numbers."),
        html.Div(id="importance-table"),
    ]


def words(importance: Mapping[str, float], runs: int, on: str) -> Component:
    """What is shown, or what is missing."""
    if importance:
        return html.P(
            f"How much of the differences in balanced accuracy on {on} each setting explains, over "
            f"{runs} runs (functional ANOVA). It says what mattered within what was tried, not "
            "what would matter elsewhere.",
            className="note",
        )
    return empty(
        f"{runs} runs that the table shows were judged on {on or 'anything'}. Importance needs at "
        f"least {LEAST} of them that differ in a setting which all have: ",
        html.Code("python -m blink.sweep sweep=NAME"),
        " makes such runs; the filters above pick one study.",
    )


def numbers(importance: Mapping[str, float]) -> Component:
    """The table below the chart."""
    rows = [[name, f"{100 * share:.1f}"] for name, share in importance.items()]
    return table(["setting", "explains, %"], rows, "Importance of each setting")
