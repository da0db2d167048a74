"""The table of all runs, and those that are running above it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dash_ag_grid as dag  # type: ignore[import-untyped]
from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.listed_run import ListedRun
from blink.dashboard.settings import Setting
from blink.dashboard.views.pieces import (
    TONES,
    control,
    duration,
    empty,
    figure,
    labelled,
    run_address,
    run_link,
)
from blink.runs import QUALITY, State

MOST_CARDS: Final = 6

_PARAMS: Final = {
    "accentColor": "var(--accent)",
    "backgroundColor": "var(--card)",
    "foregroundColor": "var(--ink)",
    "borderColor": "var(--line)",
    "headerBackgroundColor": "var(--faint)",
    "headerTextColor": "var(--ink)",
    "chromeBackgroundColor": "var(--faint)",
    "oddRowBackgroundColor": "var(--card)",
    "selectedRowBackgroundColor": "var(--wash)",
    "browserColorScheme": "inherit",
    "fontFamily": "inherit",
    "fontSize": 13,
    "spacing": 5,
    "rowHeight": 32,
}


def layout() -> list[Component]:
    """The running ones, the empty state, columns to choose, the table."""
    grid = dag.AgGrid(
        id="grid",
        getRowId="params.data.id",
        rowData=[],
        columnDefs=[],
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "filter": "agNumberColumnFilter",
            "floatingFilter": True,
            "minWidth": 70,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        dashGridOptions={
            "theme": {"function": f"themeQuartz.withParams({json.dumps(_PARAMS)})"},
            "rowSelection": {"mode": "multiRow", "enableClickSelection": False},
            "selectionColumnDef": {"pinned": "left", "width": 44},
            "isExternalFilterPresent": {"function": "true"},
            "doesExternalFilterPass": {"function": "passes(params)"},
            "suppressFieldDotNotation": True,
            "animateRows": False,
            "tooltipShowDelay": 300,
            "ensureDomOrder": True,
        },
        eventListeners={"cellKeyDown": ["follow(params)"]},
        style={"height": None},
        className="grid",
    )
    return [
        html.Div(id="running"),
        html.Div(id="nothing"),
        html.Div(
            [
                control(
                    "Settings as columns",
                    dcc.Dropdown(id="columns", multi=True, placeholder="none"),
                    wide=True,
                ),
                html.P(
                    "Arrows move within the table, space ticks a run, enter opens it. Every "
                    "column sorts and filters; the other views show what is left.",
                    className="note",
                ),
            ],
            className="above",
        ),
        html.Div(grid, id="table"),
    ]


def rows(entries: Sequence[ListedRun], on: str, settings: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each run; what it has not is null."""
    return [_row(entry, on, settings) for entry in entries]


def _row(entry: ListedRun, on: str, settings: Sequence[str]) -> dict[str, Any]:
    judgement = entry.judged(on)
    share = judgement.accuracy if judgement else None
    return {
        "id": entry.id,
        "href": run_address(entry),
        "name": entry.title,
        "state": entry.state.value,
        "tone": TONES[entry.state],
        "reason": entry.reason,
        "study": entry.study,
        "started": entry.started.timestamp() * 1000 if entry.started else None,
        "seconds": entry.seconds,
        "took": duration(entry.seconds),
        "epoch": entry.epoch,
        "epochs": entry.epochs,
        "validation": _percent(entry.last(QUALITY)),
        "accuracy": _percent(share.value) if share else None,
        "interval": share.interval or share.gap or "" if share else "",
        "latency": judgement.p50_us if judgement else None,
        "size": judgement.size_bytes / 1000 if judgement else None,
        "parameters": judgement.parameters if judgement else None,
        "words": f"{entry.id} {entry.name} {entry.question} {entry.command} {entry.reason}".lower(),
        **{f"set:{name}": entry.settings.get(name) for name in settings},
    }


def columns(entries: Sequence[ListedRun], on: str, settings: Sequence[str]) -> list[dict[str, Any]]:
    """Heads, widths and formats; columns in which nobody has anything are left out."""
    text = {"filter": "agTextColumnFilter", "suppressFloatingFilterButton": True}
    fixed: list[dict[str, Any]] = [
        {"field": "name", "headerName": "Run", "cellRenderer": "RunLink", "pinned": "left",
         "width": 184, "tooltipField": "id", **text},
        {"field": "state", "headerName": "State", "cellRenderer": "StateTag", "width": 104,
         "tooltipField": "reason", **text},
        {"field": "study", "headerName": "Study", "width": 104, **text},
        {"field": "accuracy", "headerName": f"Bal. acc. on {on}, %",
         "width": 108 if len(on) < 12 else 150,
         **_number(".1f")},
        {"field": "interval", "headerName": "95 % interval", "width": 118,
         "tooltipField": "interval", **text},
        {"field": "latency", "headerName": "Latency, µs", "width": 92, **_number(".1f")},
        {"field": "size", "headerName": "Size, kB", "width": 88, **_number(",.1f")},
        {"field": "parameters", "headerName": "Parameters", "width": 104, **_number(",")},
        {"field": "epoch", "headerName": "Epochs", "width": 88,
         "valueFormatter": {"function": "epochs(params)"}},
        {"field": "validation", "headerName": "Validation now, %", "width": 104, **_number(".1f")},
        {"field": "seconds", "headerName": "Took", "width": 106,
         "valueFormatter": {"function": "params.data.took"}},
        {"field": "started", "headerName": "Started", "width": 150, "sort": "desc",
         "valueFormatter": {"function": "moment(params)"}},
    ]  # fmt: skip
    optional = {"study": any(entry.study for entry in entries)}
    kept = [column for column in fixed if optional.get(column["field"], True)]
    return kept + [_setting(name, [one.settings.get(name) for one in entries]) for name in settings]


def _setting(name: str, values: Sequence[Setting | None]) -> dict[str, Any]:
    column = {
        "field": f"set:{name}",
        "headerName": ".".join(name.split(".")[-2:]),
        "headerTooltip": name,
        "width": 130,
    }
    is_number = all(value is None or type(value) is float for value in values)
    return column | (_number("~g") if is_number else {"filter": "agTextColumnFilter"})


def _number(form: str) -> dict[str, Any]:
    return {
        "type": "rightAligned",
        "valueFormatter": {
            "function": f"params.value == null ? '–' : d3.format('{form}')(params.value)"
        },
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def running(entries: Sequence[ListedRun], beats: Mapping[str, float]) -> list[Component]:
    """A card for each run that is running: how far it is, how well it does, whether it lives.

    Args:
        entries: All.
        beats: Id → seconds since the last heartbeat.
    """
    alive = [entry for entry in entries if entry.state is State.RUNNING]
    cards = [_card(entry, beats.get(entry.id)) for entry in alive[:MOST_CARDS]]
    if more := len(alive) - MOST_CARDS:
        cards += [html.P(f"And {more} more.", className="note")] if more > 0 else []
    return [html.Div(cards, className="cards")] if cards else []


def _card(entry: ListedRun, beat: float | None) -> Component:
    told = [f"{metric} {figure(entry.last(metric))}" for metric in _last(entry)]
    done, planned = entry.epoch or 0, entry.epochs
    return html.Article(
        [
            html.P([run_link(entry), html.Span("running", className="tag running")]),
            html.Progress(
                value=str(done), max=str(planned or 1), **labelled(f"Epochs of {entry.title}")
            ),
            html.P(
                f"epoch {done} of {planned or '?'} · {duration(entry.seconds)}"
                + (f" · heartbeat {duration(beat)} ago" if beat is not None else "")
            ),
            html.P(" · ".join(told) or "nothing logged yet", className="note"),
        ],
        className="card",
    )


def _last(entry: ListedRun) -> list[str]:
    names = [name for name in entry.curve if name.startswith("val/")] or list(entry.curve)
    return sorted(names, key=lambda name: name != QUALITY)[:2]


def nothing(entries: Sequence[ListedRun], root: Path) -> list[Component]:
    """What to do where there are no runs."""
    if entries:
        return []
    return [
        empty(
            f"No runs in {root} yet. ",
            html.Code("make train"),
            " makes one; this page shows it as soon as it begins. Another folder: ",
            html.Code("blink dashboard FOLDER"),
            ".",
        )
    ]
