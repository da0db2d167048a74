"""Plots of a run as pictures: they are the same offline, after a sync and on any server."""

from collections.abc import Iterator, Sequence
from io import BytesIO

import altair as alt
import numpy as np
import PIL.Image
import wandb

from blink.evaluation.comparison.inputs import ComparedModel
from blink.evaluation.comparison.judged import JudgedLatency
from blink.evaluation.comparison.standings import Standing
from blink.evaluation.comparison.trade_off import (
    TradeOff,
    plot_trade_off,
    trade_latency,
    trade_size,
)
from blink.evaluation.publication.keys import Keys
from blink.evaluation.report.curves import plot_reliability
from blink.evaluation.results import Report, Row, TestSet
from blink.pages import still


def draw_plots(report: Report, keys: Keys) -> Iterator[tuple[str, wandb.Image]]:
    """Reliability of the main rows; quality against latency and size of all rows, heuristics too.

    A plot for which there is nothing to draw is left out.

    Returns:
        Key and picture.
    """
    for test in report.tests:
        if test.main.evaluation.reliability:
            title = f"Reliability of {test.main.title} on {test.name}"
            yield keys.reliability(test.name), _picture(plot_reliability(test.main), title)
        for cost, trade in _trades(test.rows):
            if trade.points:
                drawn = plot_trade_off(trade, test.main.title)
                yield keys.pareto(test.name, cost), _picture(drawn, _pareto_title(test, cost))


def _pareto_title(test: TestSet, cost: str) -> str:
    return f"Balanced accuracy on {test.name} against {cost}"


def _trades(rows: Sequence[Row]) -> Iterator[tuple[str, TradeOff]]:
    standings = [_standing(row) for row in rows]
    yield "latency", trade_latency(standings)
    yield "size", trade_size(standings)


def _standing(row: Row) -> Standing:
    latency = row.latency
    model = ComparedModel(
        title=row.title,
        name=row.name,
        kind=row.kind,
        precision=row.precision,
        runs=(),
        parameters=row.parameters,
        size_bytes=row.size_bytes,
        latencies=() if latency is None else (JudgedLatency(**latency.to_dict()),),
        is_lead=row.is_main,
        p_closed=row.table["p_closed"].to_numpy(np.float32)[None],
        thresholds=np.array([row.operating_point.threshold]),
    )
    return Standing(model, row.evaluation.scores.metrics)


def _picture(drawn: alt.TopLevelMixin, title: str) -> wandb.Image:
    return wandb.Image(PIL.Image.open(BytesIO(still(drawn, title))), caption=title)
