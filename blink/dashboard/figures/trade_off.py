"""Quality against what it costs."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plotly.graph_objects import Figure, Scatter  # type: ignore[import-untyped]

from blink.dashboard.figures.canvas import canvas
from blink.dashboard.figures.whiskers import whiskers
from blink.dashboard.judgement import Judgement
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme, palette

_Price = Callable[[Judgement], float | None]

COSTS: Final[Mapping[str, tuple[str, _Price]]] = {
    "latency": ("median latency, µs", lambda one: one.p50_us),
    "size": ("size, kB", lambda one: one.size_bytes / 1000),
    "parameters": ("parameters", lambda one: one.parameters),
}
"""What quality is paid with → its title, and where it stands."""


@dataclass(frozen=True)
class Offer:
    """A run that can be drawn.

    Attributes:
        entry: Which.
        judgement: What it is worth.
        cost: What it takes.
        is_best: Whether nobody is both better and cheaper.
    """

    entry: ListedRun
    judgement: Judgement
    cost: float
    is_best: bool


def weigh(entries: Sequence[ListedRun], on: str, cost: str) -> tuple[list[Offer], str]:
    """Who can be drawn, by rising cost, and who is left out and why, in words.

    The axis of costs is a logarithm's, on which there is no 0. Latencies are compared on one CPU
    alone: the one on which most were measured.
    """
    from blink.evaluation.comparison import pareto_front

    price = COSTS[cost][1]
    judged = [(entry, one) for entry in entries if (one := entry.judged(on))]
    priced = [
        (entry, one, paid)
        for entry, one in judged
        if (paid := price(one)) is not None and one.accuracy.value is not None
    ]
    remarks = []
    if missing := len(judged) - len(priced):
        remarks.append(f"{missing} of {len(judged)} judged runs are not drawn: nothing measured.")
    if free := sum(paid <= 0 for _, _, paid in priced):
        remarks.append(f"{free} cost nothing, which the axis cannot show: not drawn.")
        priced = [offer for offer in priced if offer[2] > 0]
    if cost == "latency" and priced:
        cpu = Counter(one.cpu for _, one, _ in priced).most_common(1)[0][0]
        if others := [one for _, one, _ in priced if one.cpu != cpu]:
            remarks.append(f"{len(others)} were measured on another CPU than {cpu}: not drawn.")
        priced = [offer for offer in priced if offer[1].cpu == cpu]
        remarks.append(f"Measured on {cpu}." if priced else "")
    costs = [paid for _, _, paid in priced]
    front = set(pareto_front(costs, [one.accuracy.value or 0.0 for _, one, _ in priced]))
    offers = [
        Offer(entry, one, paid, place in front) for place, (entry, one, paid) in enumerate(priced)
    ]
    return sorted(offers, key=lambda offer: offer.cost), " ".join(filter(None, remarks))


def draw_trade_off(offers: Sequence[Offer], on: str, cost: str, theme: Theme) -> Figure:
    """Points with their intervals, and the front as stairs, numbered as in its table."""
    colours = palette(theme)
    figure = canvas(theme, height=440, keeps=f"{on} {cost}")
    best = [offer for offer in offers if offer.is_best]
    others = [offer for offer in offers if not offer.is_best]
    figure.add_trace(
        _points(
            others,
            name="there is better or cheaper",
            mode="markers",
            marker={"color": colours.quiet, "size": 7, "symbol": "circle-open"},
            error_y=whiskers([one.judgement.accuracy for one in others], colours.line, 1),
        )
    )
    figure.add_trace(
        _points(
            best,
            name="nobody is both better and cheaper",
            mode="lines+markers+text",
            line={"shape": "hv", "color": colours.accent, "dash": "dot", "width": 1.5},
            marker={"color": colours.accent, "size": 11, "symbol": "diamond"},
            error_y=whiskers([one.judgement.accuracy for one in best], colours.accent, 1),
            text=[str(number) for number in range(1, len(best) + 1)],
            textposition="top left",
        )
    )
    ticks = _ticks([offer.cost for offer in offers])
    figure.update_xaxes(title_text=COSTS[cost][0], type="log", tickvals=ticks)
    figure.update_yaxes(title_text="balanced accuracy, %")
    return figure


def _ticks(costs: Sequence[float]) -> list[float] | None:
    """1, 2 and 5 of each decade; None for Plotly's own, where two of them might not be seen.

    Around a lone cost Plotly shows decades, of whose numbers its own ticks are the digits alone.
    """
    if not costs or 1 < max(costs) / min(costs) < 5:
        return None
    first, last = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    return [digit * 10.0**decade for decade in range(first, last + 1) for digit in (1, 2, 5)]


def _points(offers: Sequence[Offer], **look: Any) -> Scatter:
    return Scatter(
        x=[offer.cost for offer in offers],
        y=[100 * (offer.judgement.accuracy.value or 0.0) for offer in offers],
        customdata=[[offer.entry.title, offer.judgement.accuracy.text] for offer in offers],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} %<br>at %{x:.4g}<extra></extra>",
        **look,
    )
