"""Small parts that several views are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.listed_run import ListedRun
from blink.runs import State, tell_duration

Shown = Component | str | float | None

TONES = {
    State.RUNNING: "running",
    State.FINISHED: "good",
    State.FAILED: "bad",
    State.CRASHED: "bad",
    State.UNREADABLE: "bad",
    State.STOPPED: "weak",
    State.PRUNED: "quiet",
}
"""State → class of its tag; the word itself always stands there too."""


def tag(state: State) -> Component:
    """The state as a coloured word."""
    return html.Span(state.value, className=f"tag {TONES[state]}")


def run_address(entry: ListedRun) -> str:
    """Where the page of a run is."""
    return f"/run/{quote(entry.id)}"


def run_link(entry: ListedRun) -> Component:
    """The run's title, which leads to its page."""
    return dcc.Link(entry.title, href=run_address(entry))


def empty(*words: Shown) -> Component:
    """Says why there is nothing to see, and what to do."""
    return html.P(list(words), className="empty")


def labelled(words: str) -> dict[str, Any]:
    """For those who do not see a part."""
    return {"aria-label": words}


def _named(column: str) -> dict[str, Any]:
    """What a cell says of itself on a phone, where it has no column."""
    return {"data-label": column}


def graph(name: str, label: str) -> Component:
    """A place for a chart.

    Args:
        name: Its id.
        label: What is to be seen, for those who do not see it; a table with the same stands below.
    """
    chart = dcc.Graph(
        id=name,
        responsive=True,
        style={"display": "none"},  # until there is something to see
        config={
            "displaylogo": False,
            "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
        },
    )
    return html.Figure(chart, className="graph", role="img", **labelled(label))


def control(label: str, part: Any, *, wide: bool = False) -> Component:
    """An input with its label above it."""
    return html.Div(
        [html.Label(label, htmlFor=part.id, id=f"{part.id}-label"), part],
        className="control wide" if wide else "control",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Shown]], caption: str) -> Component:
    """A table that becomes cards on a phone; the first column names its rows.

    Args:
        head: Of the columns.
        rows: Their cells.
        caption: What it shows; for screen readers, and when it scrolls sideways.
    """
    body = [
        html.Tr(
            [
                html.Th(row[0], scope="row"),
                *(
                    html.Td(cell, **_named(name))
                    for name, cell in zip(head[1:], row[1:], strict=True)
                ),
            ]
        )
        for row in rows
    ]
    whole = html.Table(
        [html.Thead(html.Tr([html.Th(name, scope="col") for name in head])), html.Tbody(body)],
        className="stack",
    )
    return html.Div(whole, className="scroll", tabIndex="0", role="region", **labelled(caption))


def duration(seconds: float | None) -> str:
    """75 → `1 min 15 s`."""
    return tell_duration(seconds) if seconds is not None else "–"


def moment(time: datetime | None) -> str:
    """`2026-11-28 07:33`, as the clock stands where the page is served."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M") if time else "–"


def figure(value: float | None) -> str:
    """Four digits: 0.123456 → `0.1235`; whole numbers whole."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
