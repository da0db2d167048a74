from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from blink.dashboard.figures.slices import groups_of
from blink.dashboard.judgement import Group
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.views.pieces import Shown, empty, graph, table

MOST: Final = 5
USUAL: Final = 3


def layout() -> list[Component]:
    """The chart, and its table."""
    return [
        html.Div(id="slices-words"),
        graph("slices", "Balanced accuracy of each group; the table below has the numbers."),
        html.Div(id="slices-table"),
    ]


def pick(shown: Sequence[ListedRun], chosen: Sequence[ListedRun], on: str) -> list[ListedRun]:
    """Whose slices stand side by side: those chosen, else the latest."""
    from_all = chosen or shown
    judged = [entry for entry in from_all if (one := entry.judged(on)) and one.groups]
    return judged[: MOST if chosen else USUAL]


def words(entries: Sequence[ListedRun], chosen: int, on: str) -> Component:
    """Whose they are, or what is missing."""
    if not entries:
        whose = "chosen runs" if chosen else "runs that the table shows"
        return empty(
            f"None of the {whose} has slices on {on or 'anything'}. They come with a finished run "
            "on data that note attributes; choose another data set or other runs above."
        )
    if chosen:
        return html.P(f"At most {MOST} of the {chosen} chosen runs, on {on}.", className="note")
    return html.P(
        f"The latest {len(entries)} runs judged on {on}; tick others in the table.",
        className="note",
    )


def side_by_side(entries: Sequence[ListedRun], on: str) -> Component:
    """A row for each group, a column for each run."""
    rows: list[list[Shown]] = []
    for name, groups in groups_of(entries, on):
        known = next(group for group in groups if group)
        who = "rendered stand-ins" if known.is_rendered else f"{known.people:,} people"
        rows.append([name, f"{known.n:,} crops, {who}", *(_told(group) for group in groups)])
    return table(["group", "of", *(entry.title for entry in entries)], rows, f"Slices of {on}")


def _told(group: Group | None) -> str:
    return group.accuracy.text if group else "–"
