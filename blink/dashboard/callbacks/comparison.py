"""Runs compared on the same people, by `blink.evaluation.comparison`; it takes seconds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, ctx, no_update
from dash import State as Held
from dash.development.base_component import Component

from blink.contract import BlinkError, DataError
from blink.dashboard.callbacks.kept import Kept
from blink.dashboard.callbacks.views import HIDDEN, place, those
from blink.dashboard.figures.differences import draw_differences
from blink.dashboard.palette import Theme
from blink.dashboard.shelf import Shelf
from blink.dashboard.views import comparison
from blink.dashboard.views.pieces import empty
from blink.runs import METRICS

Matches = Kept[dict[str, Any]]
"""Tests of `blink.evaluation.comparison.describe_comparison`."""


def register(page: Dash, shelf: Shelf) -> None:
    """A button that follows what is chosen, and what it finds."""
    matches = Matches()

    @page.callback(
        Output("compare-words", "children"),
        Output("compare", "disabled"),
        Input("chosen", "data"),
        Input("on", "value"),
        Input("version", "data"),
    )
    def offer(chosen: list[str], on: str | None, _: Any) -> tuple[Component, bool]:
        entries = those(shelf, chosen)
        return comparison.words(entries, on or ""), bool(comparison.missing(entries, on or ""))

    @page.callback(
        Output("verdict", "children"),
        Output("differences", "figure"),
        Output("differences", "style"),
        Output("pairs", "children"),
        Input("compare", "n_clicks"),
        Input("chosen", "data"),
        Input("on", "value"),
        Held("theme", "data"),
        prevent_initial_call=True,
    )
    def show(_: int | None, chosen: list[str], on: str | None, theme: Theme) -> tuple[Any, ...]:
        entries = those(shelf, chosen)
        if ctx.triggered_id != "compare" or comparison.missing(entries, on or ""):
            return [], no_update, HIDDEN, []  # what stood there was about something else
        judgements = [one for entry in entries if (one := entry.judged(on or ""))]
        return answer(matches, [entry.folder for entry in entries], judgements[0].data, theme)


def answer(
    matches: Matches, folders: Sequence[Path], data: str, theme: Theme
) -> tuple[list[Component], Any, dict[str, str], list[Component]]:
    """Verdict, chart and its style, table; or why there is none."""
    question = tuple((folder, _changed(folder)) for folder in folders), data
    try:
        match = matches.of(question, lambda: _compare(folders, data))
    except BlinkError as error:
        return [empty(str(error))], no_update, HIDDEN, []
    figure = draw_differences(match["pairs"], theme)
    return comparison.told(match), figure, place(figure), [comparison.pairs(match)]


def _compare(folders: Sequence[Path], data: str) -> dict[str, Any]:
    from blink.evaluation.comparison import EntryRules, compare, describe_comparison, read_judged

    found = compare([read_judged(folder) for folder in folders], EntryRules(), data)
    tests: list[dict[str, Any]] = describe_comparison(found)["tests"]
    if not tests:  # what was left out of training makes a comparison too, which is not shown here
        raise DataError(f"Nothing can be compared. {' '.join(found.left_out)}")
    return tests[0]


def _changed(folder: Path) -> int:
    try:
        return (folder / METRICS).stat().st_mtime_ns
    except OSError:
        return 0
