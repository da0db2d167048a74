"""The views that are charts. Each is drawn while it is looked at, and where something changed."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from plotly.graph_objects import Figure  # type: ignore[import-untyped]

from blink.contract import BlinkError
from blink.dashboard.callbacks.choices import settings_of
from blink.dashboard.callbacks.kept import Kept
from blink.dashboard.figures.curves import draw_curves
from blink.dashboard.figures.importance import draw_importance, weigh_settings
from blink.dashboard.figures.parallel import draw_parallel
from blink.dashboard.figures.slices import draw_slices
from blink.dashboard.figures.trade_off import draw_trade_off, weigh
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme
from blink.dashboard.shelf import Shelf
from blink.dashboard.views import curves, importance, parallel, run, slices, trade_off
from blink.dashboard.views.pieces import empty

Weights = Kept[Mapping[str, float]]
"""Settings → importance."""

_Ids = list[str]
HIDDEN = {"display": "none"}
"""Style of a chart that has nothing to show."""

_LOOKED_AT = (
    Input("location", "pathname"),
    Input("version", "data"),
    Input("shown", "data"),
    Input("chosen", "data"),
    Input("on", "value"),
    Input("theme", "data"),
)


def those(shelf: Shelf, ids: Sequence[str]) -> list[ListedRun]:
    """The runs of these ids, in this order; a deleted one is gone."""
    by_id = shelf.seen.by_id
    return [by_id[id_] for id_ in ids if id_ in by_id]


def register(page: Dash, shelf: Shelf) -> None:
    """Connects the views; `compare` stands apart."""

    def connect(path: str, outputs: list[Output], *more: Input) -> Any:
        """Calls a function while its view is looked at, with runs instead of their ids."""

        def decorate(draw: Any) -> None:
            @page.callback(outputs, *_LOOKED_AT, *more, prevent_initial_call=True)
            def called(
                at: str, _: Any, shown: _Ids, chosen: _Ids, on: str | None, theme: Theme, *rest: Any
            ) -> Any:
                if at != path:
                    raise PreventUpdate
                return draw(those(shelf, shown), those(shelf, chosen), on or "", theme, *rest)

        return decorate

    connect(
        "/curves",
        _outputs("curves"),
        Input("curve", "value"),
    )(show_curves)
    connect(
        "/settings",
        [
            Output("parallel", "figure"),
            Output("parallel-words", "children"),
            Output("parallel", "style"),
        ],
        Input("axes", "value"),
        Input("parallel", "selectedData"),
    )(show_parallel)
    weights = Weights()
    connect("/importance", _outputs("importance"))(partial(show_importance, weights))
    connect("/trade-off", _outputs("trade-off"), Input("cost", "value"))(show_trade_off)
    connect("/slices", _outputs("slices"))(show_slices)

    @page.callback(
        Output("run", "children"),
        Input("location", "pathname"),
        Input("version", "data"),
        Input("theme", "data"),
    )
    def show_run(at: str, _: Any, theme: Theme) -> list[Component]:
        if not at.startswith("/run/"):
            raise PreventUpdate
        id_ = unquote(at.removeprefix("/run/"))
        return run.render(shelf.seen.by_id.get(id_), id_, theme)


def _outputs(name: str) -> list[Output]:
    return [
        Output(name, "figure"),
        Output(f"{name}-words", "children"),
        Output(f"{name}-table", "children"),
        Output(name, "style"),
    ]


def place(figure: Figure) -> dict[str, str]:
    """Style of a chart: as high as it wants to be."""
    return {"height": f"{figure.layout.height}px"}


def show_curves(
    shown: list[ListedRun], chosen: list[ListedRun], on: str, theme: Theme, metric: str | None
) -> tuple[Any, ...]:
    """Learning curves."""
    drawn, said = curves.pick(shown, chosen)
    if not metric or not drawn:
        missing = empty("No curves yet: a run logs them while it trains.")
        return no_update, missing, [], HIDDEN
    figure = draw_curves(drawn, metric, theme)
    return figure, said, curves.latest(drawn, metric), place(figure)


def show_parallel(
    shown: list[ListedRun],
    chosen: list[ListedRun],
    on: str,
    theme: Theme,
    axes: list[str] | None,
    box: dict[str, Any] | None,
) -> tuple[Any, ...]:
    """Parallel coordinates."""
    from_these = chosen if len(chosen) > 1 else shown
    judged = [
        entry
        for entry in from_these
        if (one := entry.judged(on)) and one.accuracy.value is not None
    ]
    if not judged:
        missing = empty(
            "None of the runs that the table shows has a balanced accuracy on "
            f"{on or 'anything'}. A run has one when it has finished, if it was judged on both "
            "classes."
        )
        return no_update, missing, HIDDEN
    names = axes or settings_of(judged)[: parallel.USUAL]
    kept = {point["customdata"][0] for point in box["points"]} if box else set()
    figure = draw_parallel(judged, names, on, theme, kept or None)
    said = (
        f"{len(judged)} runs judged on {on}, the best in blue. Draw a box over a part of an axis "
        "to keep its runs, double click to let go; filters of the table do the same from the "
        "keyboard."
    )
    return figure, said, place(figure)


def show_importance(
    weights: Weights, shown: list[ListedRun], chosen: list[ListedRun], on: str, theme: Theme
) -> tuple[Any, ...]:
    """Which settings matter, among all that the table shows."""
    judged = [(entry.id, one.accuracy) for entry in shown if (one := entry.judged(on))]
    try:
        found = weights.of((on, tuple(judged)), lambda: weigh_settings(shown, on))
    except BlinkError as error:
        return no_update, empty(str(error)), [], HIDDEN
    said = importance.words(found, len(judged), on)
    if not found:
        return no_update, said, [], HIDDEN
    figure = draw_importance(found, theme)
    return figure, said, importance.numbers(found), place(figure)


def show_trade_off(
    shown: list[ListedRun], chosen: list[ListedRun], on: str, theme: Theme, cost: str
) -> tuple[Any, ...]:
    """Quality against cost."""
    offers, remark = weigh(chosen if len(chosen) > 1 else shown, on, cost)
    said = trade_off.words(offers, remark, on)
    if not offers:
        return no_update, said, [], HIDDEN
    figure = draw_trade_off(offers, on, cost, theme)
    return figure, said, trade_off.front(offers), place(figure)


def show_slices(
    shown: list[ListedRun], chosen: list[ListedRun], on: str, theme: Theme
) -> tuple[Any, ...]:
    """Groups side by side."""
    picked = slices.pick(shown, chosen, on)
    said = slices.words(picked, len(chosen), on)
    if not picked:
        return no_update, said, [], HIDDEN
    figure = draw_slices(picked, on, theme)
    return figure, said, slices.side_by_side(picked, on), place(figure)
