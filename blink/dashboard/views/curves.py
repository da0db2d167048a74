from collections.abc import Sequence
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.listed_run import ListedRun
from blink.dashboard.views.pieces import Shown, control, figure, graph, run_link, table, tag
from blink.runs import State

MOST: Final = 12
"""More lines than this nobody tells apart."""
USUAL: Final = 8


def layout() -> list[Component]:
    """A curve to choose, the chart, its table."""
    return [
        control(
            "Curve", dcc.Dropdown(id="curve", clearable=False, placeholder="nothing logged yet")
        ),
        html.P(id="curves-words", className="note"),
        graph("curves", "Learning curves; the table below has their latest and best values."),
        html.Div(id="curves-table"),
    ]


def pick(shown: Sequence[ListedRun], chosen: Sequence[ListedRun]) -> tuple[list[ListedRun], str]:
    """Whose curves are drawn, and why these: those chosen, else those running, else the latest."""
    having = [entry for entry in chosen if entry.curve]
    if chosen:
        said = f"The {len(having[:MOST])} chosen runs that have curves."
        return having[:MOST], said
    having = [entry for entry in shown if entry.curve]
    running = [entry for entry in having if entry.state is State.RUNNING]
    if running:
        return running[:MOST], "The runs that are running; tick others in the table of runs."
    return having[
        :USUAL
    ], f"The latest {len(having[:USUAL])} runs; tick others in the table of runs."


def names(entries: Sequence[ListedRun]) -> list[str]:
    """All curves that anybody has, validation first."""
    found = {name for entry in entries for name in entry.curve}
    return sorted(found, key=lambda name: (not name.startswith("val/"), name))


def latest(entries: Sequence[ListedRun], metric: str) -> Component:
    """The table below the chart."""
    rows: list[list[Shown]] = []
    for entry in entries:
        values = [point.value for point in entry.curve.get(metric, ())]
        rows.append(
            [
                run_link(entry),
                tag(entry.state),
                f"{entry.epoch or 0} of {entry.epochs or '?'}",
                figure(values[-1] if values else None),
                figure(min(values, default=None)),
                figure(max(values, default=None)),
            ]
        )
    head = ["run", "state", "epochs", f"{metric}, latest", "lowest", "highest"]
    return table(head, rows, f"{metric} of each run")
