from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from blink.contract.wording import kilobytes
from blink.dashboard.figures.trade_off import COSTS, Offer
from blink.dashboard.views.pieces import (
    Shown,
    control,
    empty,
    figure,
    graph,
    run_link,
    table,
)


def layout() -> list[Component]:
    """A cost to choose, the chart, the front as a table."""
    options = [{"label": title, "value": name} for name, (title, _) in COSTS.items()]
    return [
        control("Against", dcc.Dropdown(options, "latency", id="cost", clearable=False)),
        html.Div(id="trade-off-words"),
        graph("trade-off", "Balanced accuracy against its cost; the table below has the front."),
        html.Div(id="trade-off-table"),
    ]


def words(offers: Sequence[Offer], remark: str, on: str) -> Component:
    """How to read it, or what is missing."""
    if not offers:
        return empty(
            f"None of the runs that the table shows was judged on {on or 'anything'} and measured. "
            f"{remark} A run is, when it has finished."
        )
    return html.P(
        f"{len(offers)} runs judged on {on}; whiskers, where there are any, are 95 % intervals "
        f"over people. Where they overlap, the front may be chance: compare its runs. {remark}",
        className="note",
    )


def front(offers: Sequence[Offer]) -> Component:
    """Those whom nobody beats, by rising cost."""
    best = [one for one in offers if one.is_best]
    rows: list[list[Shown]] = [
        [
            html.Span([f"{number} ", run_link(one.entry)]),
            one.judgement.accuracy.text,
            figure(one.judgement.p50_us),
            kilobytes(one.judgement.size_bytes),
            figure(one.judgement.parameters),
        ]
        for number, one in enumerate(best, start=1)
    ]
    head = ["on the front", "balanced accuracy, %", "latency, µs", "size, kB", "parameters"]
    return table(head, rows, "The front: nobody is both better and cheaper")
