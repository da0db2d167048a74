"""What can be chosen follows from what there is."""

from typing import Any

from dash import Dash, Input, Output, no_update
from dash import State as Held

from blink.dashboard.listed_run import ListedRun
from blink.dashboard.settings import varied
from blink.dashboard.shelf import Shelf
from blink.dashboard.views import curves
from blink.runs import QUALITY

_Options = list[dict[str, str]]


def register(page: Dash, shelf: Shelf) -> None:
    """Options of all inputs, made again where the runs have changed."""

    @page.callback(
        Output("states", "options"),
        Output("studies", "options"),
        Output("on", "options"),
        Output("on", "value"),
        Output("columns", "options"),
        Output("axes", "options"),
        Output("curve", "options"),
        Output("curve", "value"),
        Input("version", "data"),
        Held("on", "value"),
        Held("curve", "value"),
        prevent_initial_call=True,
    )
    def options(_: int | None, on: str | None, curve: str | None) -> tuple[Any, ...]:
        snapshot = shelf.seen
        entries, judged = snapshot.entries, snapshot.judged_on
        logged = curves.names(entries)
        differing = options_of(settings_of(list(entries)))
        return (
            options_of(sorted({entry.state.value for entry in entries})),
            options_of(sorted({entry.study for entry in entries if entry.study})),
            options_of(judged),
            keep(on, judged),
            differing,
            differing,
            options_of(logged),
            keep(curve, logged, QUALITY),
        )


def settings_of(entries: list[ListedRun]) -> list[str]:
    """In which settings these runs differ, what was set by hand first."""
    return varied([entry.settings for entry in entries], [entry.command for entry in entries])


def options_of(names: list[str]) -> _Options:
    """For a dropdown."""
    return [{"label": name, "value": name} for name in names]


def keep(value: str | None, names: list[str], usual: str | None = None) -> Any:
    """What was chosen, as long as it is there, else the usual, else the first."""
    if value in names:
        return no_update
    return usual if usual in names else next(iter(names), None)
