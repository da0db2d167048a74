"""Quality against what it costs, with the Pareto front drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from blink.evaluation import wording
from blink.evaluation.comparison.pareto import pareto_front
from blink.evaluation.comparison.standings import Standing
from blink.pages import chart

_HEIGHT = 340
_MOST_LABELS = 10
"""Of more than so many points, only those on the front and the baseline are labelled."""

_KINDS = {"net": "var(--c0)", "heuristic": "var(--c2)"}


@dataclass(frozen=True)
class TradeOff:
    """Who can be drawn against a cost.

    Attributes:
        cost: What it is, with its unit.
        points: Models with a cost and a quality, and that cost.
        front: Titles of those that nobody dominates, by rising cost.
        remark: Who is missing, and why; empty where nobody is.
    """

    cost: str
    points: Sequence[tuple[Standing, float]]
    front: tuple[str, ...]
    remark: str


def trade_size(standings: Sequence[Standing]) -> TradeOff:
    """Balanced accuracy against the size of the file that ships."""
    points = [(one, one.model.size_bytes / 1000) for one in standings]
    return _trade("size, kB", points, "")


def trade_latency(standings: Sequence[Standing]) -> TradeOff:
    """Balanced accuracy against median latency, of those measured on one and the same CPU.

    Where there are several, it is the one on which most were measured.
    """
    measured = [one for one in standings if one.model.p50_us is not None]
    cpus = Counter(one.model.cpus for one in measured if len(one.model.cpus) == 1)
    if not cpus:
        return TradeOff("latency, µs", (), (), "No latency was measured.")
    chosen = cpus.most_common(1)[0][0]
    points = [(one, one.model.p50_us or 0.0) for one in measured if one.model.cpus == chosen]
    others = [one for one in measured if one.model.cpus != chosen]
    remarks = [
        f"Not drawn, since measured on another CPU ({', '.join(one.model.cpus)}): {one.title}."
        for one in others
    ]
    if missing := [one.title for one in standings if one.model.p50_us is None]:
        remarks.append(f"Not drawn, since never measured: {', '.join(missing)}.")
    return _trade(f"median latency, µs, on {chosen[0]}", points, " ".join(remarks))


def _trade(cost: str, points: Sequence[tuple[Standing, float]], remark: str) -> TradeOff:
    drawn = [(one, price) for one, price in points if one.accuracy.value is not None]
    front = pareto_front(
        [price for _, price in drawn], [one.accuracy.value or 0.0 for one, _ in drawn]
    )
    return TradeOff(cost, drawn, tuple(drawn[place][0].title for place in front), remark)


def draw_trade_off(trade: TradeOff, baseline: str) -> Markup:
    """The chart as it stands in a page."""
    return chart(plot_trade_off(trade, baseline), _describe(trade))


def plot_trade_off(trade: TradeOff, baseline: str) -> alt.LayerChart:
    """Points with whiskers, the front as stairs, labels where they have room."""
    values = [_point(trade, one, price, baseline) for one, price in trade.points]
    across = alt.X(
        "cost:Q",
        title=trade.cost,
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(labelOverlap="greedy", format=",~r", tickCount=6),
    )
    upwards = alt.Y(
        "accuracy:Q", title="balanced accuracy, %", scale=alt.Scale(zero=False, nice=True)
    )
    base = alt.Chart(alt.InlineData(values=values)).encode(x=across)
    colour = alt.Color("kind:N", scale=_colours(values))
    stairs = (
        base.transform_filter("datum.front")
        .mark_line(interpolate="step-after", color="var(--accent)", strokeDash=[5, 4])
        .encode(y=upwards, order="place:Q")
    )
    whiskers = base.mark_rule(strokeWidth=1.5, opacity=0.55).encode(
        y=alt.Y("low:Q"), y2="high:Q", color=colour
    )
    points = base.mark_point(filled=True, size=90).encode(
        y=upwards, color=colour, tooltip=_tooltip(trade)
    )
    labels = [
        base.transform_filter(f"datum.label != '' && {test}")
        .mark_text(align="left", dx=8, dy=dy, limit=190)
        .encode(y=upwards, text="label:N")
        for test, dy in (("datum.baseline", 14), ("!datum.baseline", -8))
    ]
    return alt.LayerChart(layer=[stairs, whiskers, points, *labels]).properties(height=_HEIGHT)


def _point(trade: TradeOff, one: Standing, price: float, baseline: str) -> dict[str, Any]:
    accuracy = one.accuracy
    value = accuracy.value or 0.0
    is_front = one.title in trade.front
    is_labelled = len(trade.points) <= _MOST_LABELS or is_front or one.title == baseline
    return {
        "title": one.title,
        "kind": one.model.kind,
        "cost": price,
        "accuracy": 100 * value,
        "low": 100 * (value if accuracy.low is None else accuracy.low),
        "high": 100 * (value if accuracy.high is None else accuracy.high),
        "interval": wording.percent_interval(accuracy),
        "front": is_front,
        "place": trade.front.index(one.title) if is_front else -1,
        "label": one.title if is_labelled else "",
        "baseline": one.title == baseline,
    }


def _colours(values: Sequence[dict[str, Any]]) -> alt.Scale:
    kinds = sorted({value["kind"] for value in values})
    spare = iter(f"var(--c{number})" for number in (1, 3, 4, 5, 6) * len(kinds))
    return alt.Scale(domain=kinds, range=[_KINDS.get(kind) or next(spare) for kind in kinds])


def _tooltip(trade: TradeOff) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("title:N", title="intelligence"),
        alt.Tooltip("accuracy:Q", title="balanced accuracy, %", format=".1f"),
        alt.Tooltip("interval:N", title="95 %"),
        alt.Tooltip("cost:Q", title=trade.cost, format=",.3~r"),
    ]


def _describe(trade: TradeOff) -> str:
    if not trade.points:
        return trade.remark
    said = (
        f"Balanced accuracy against {trade.cost}; whiskers, where there are any, are 95 % "
        f"intervals over people. On the front, cheapest first: {', '.join(trade.front)}. Nobody "
        "is both better and cheaper than these; where whiskers overlap the front may be chance."
    )
    return f"{said} {trade.remark}" if trade.remark else said
