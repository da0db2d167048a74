"""The table of runs, and what it looks like now."""

from collections import Counter
from typing import Any

from dash import Dash, Input, Output, no_update
from dash import State as Held
from dash.development.base_component import Component

from blink.contract.wording import plural
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.shelf import Shelf, Snapshot
from blink.dashboard.views import table
from blink.runs import State, heart


def register(page: Dash, shelf: Shelf) -> None:
    """Looks at the folder at each tick; fills the table where something has changed."""

    @page.callback(
        Output("version", "data"),
        Output("status", "children"),
        Output("running", "children"),
        Input("pulse", "n_intervals"),
        Held("version", "data"),
    )
    def tick(_: int | None, version: int | None) -> tuple[Any, str, list[Component]]:
        snapshot = shelf.look()
        running = table.running(snapshot.entries, beats(snapshot))
        return (
            no_update if snapshot.version == version else snapshot.version,
            status(snapshot),
            running,
        )

    @page.callback(
        Output("grid", "rowData"),
        Output("grid", "columnDefs"),
        Output("nothing", "children"),
        Output("table", "hidden"),
        Input("version", "data"),
        Input("on", "value"),
        Input("columns", "value"),
        Held("grid", "columnDefs"),
        prevent_initial_call=True,
    )
    def fill(
        _: int | None, on: str | None, settings: list[str] | None, columns: list[dict[str, Any]]
    ) -> tuple[Any, ...]:
        entries = shelf.seen.entries
        wanted = table.columns(entries, on or "", settings or [])
        return (
            table.rows(entries, on or "", settings or []),
            # The same columns again would take away what was sorted and made wider.
            no_update if wanted == columns else wanted,
            table.nothing(entries, shelf.root),
            not entries,
        )


def status(snapshot: Snapshot) -> str:
    """`200 runs: 180 finished, 3 running, 17 crashed`, and how many are still to be read."""
    found = Counter(entry.state for entry in snapshot.entries)
    told = ", ".join(f"{found[state]} {state.value}" for state in State if found[state])
    said = plural(len(snapshot.entries), "run") + (f": {told}" if told else "")
    return f"{said}. Reading {snapshot.unread} of them…" if snapshot.unread else said


def beats(snapshot: Snapshot) -> dict[str, float]:
    """Id of each running run → seconds since its heart has beaten, where that can be told."""
    running = [entry for entry in snapshot.entries if entry.state is State.RUNNING]
    found = {entry.id: _beat(entry) for entry in running[: table.MOST_CARDS]}
    return {id_: seconds for id_, seconds in found.items() if seconds is not None}


def _beat(entry: ListedRun) -> float | None:
    try:
        age = heart.age(entry.folder)
    except OSError:
        return None
    return None if age is None else max(0.0, age)
