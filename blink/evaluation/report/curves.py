"""The receiver operating characteristic and the reliability diagram, as charts."""

import altair as alt
from markupsafe import Markup

from blink.contract.wording import fraction
from blink.evaluation import wording
from blink.evaluation.results import Row, TestSet
from blink.evaluation.statistics import BINS
from blink.pages import chart

COLOURS = [f"var(--c{number})" for number in range(7)]
_DASHES = [[1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4], [1, 4]]
_SHARE = alt.Scale(domain=[0, 1], nice=False)
_HEIGHT = 320


def roc_chart(test: TestSet) -> Markup | None:
    """Which closures each row finds, at which price; None where a class is missing."""
    rows = [row for row in (test.main, *test.rows) if row.evaluation.roc]
    rows = list(dict.fromkeys(rows))[: len(COLOURS)]
    if not test.main.evaluation.roc:
        return None
    names = [row.title for row in rows]
    points = [
        {"row": row.title, "at": at, "false": point.false_closed, "found": point.found_closed}
        for row in rows
        for at, point in enumerate(row.evaluation.roc)
    ]
    across = _across("false:Q", "open eyes called closed, %")
    upwards = _upwards("found:Q", "closed eyes called closed, %")
    lines = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line()
        .encode(
            x=across,
            y=upwards,
            order="at:Q",
            color=alt.Color("row:N", scale=alt.Scale(domain=names, range=COLOURS[: len(names)])),
            strokeDash=alt.StrokeDash(
                "row:N", scale=alt.Scale(domain=names, range=_DASHES[: len(names)])
            ),
            tooltip=[
                alt.Tooltip("row:N", title="model"),
                alt.Tooltip("found:Q", title="finds of closed eyes", format=".1%"),
                alt.Tooltip("false:Q", title="takes of open eyes", format=".1%"),
            ],
        )
    )
    drawn = alt.layer(_diagonal(), lines, _working_point(test.main)).properties(height=_HEIGHT)
    areas = ", ".join(f"{row.title} {fraction(row.evaluation.scores['auc'].value)}" for row in rows)
    left_out = len(test.rows) - len(rows)
    more = f" {left_out} further rows are left out." if left_out else ""
    return chart(
        drawn,
        f"Receiver operating characteristic. The ring is where {test.main.title} is set to work. "
        f"Area under the curve: {areas}.{more}",
    )


def _working_point(row: Row) -> alt.Chart:
    """The ring."""
    scores = row.evaluation.scores
    closed, open_ = scores["recall_closed"].value, scores["recall_open"].value
    point = {"row": row.title, "found": closed, "false": None if open_ is None else 1 - open_}
    base = alt.Chart(alt.InlineData(values=[point]))
    ring: alt.Chart = base.mark_point(
        size=130, fill="var(--card)", stroke="var(--c0)", strokeWidth=2.5
    ).encode(
        x="false:Q",
        y="found:Q",
        tooltip=[
            alt.Tooltip("row:N", title="set to work"),
            alt.Tooltip("found:Q", title="finds of closed eyes", format=".1%"),
            alt.Tooltip("false:Q", title="takes of open eyes", format=".1%"),
        ],
    )
    return ring


def reliability_chart(row: Row) -> Markup | None:
    """Whether the probabilities of a row keep their word; None without labelled crops."""
    if not row.evaluation.reliability:
        return None
    error = fraction(row.evaluation.scores["ece"].value)
    return chart(
        plot_reliability(row),
        f"Reliability of {row.title} in {BINS} bins: on the dotted line, of 100 eyes that get "
        f"p = 0.8, 80 are closed. Grey: how many crops. Calibration error: {error}.",
    )


def plot_reliability(row: Row) -> alt.LayerChart:
    """What was promised against what came true; for a row with labelled crops."""
    bins = row.evaluation.reliability
    most = max(one.n for one in bins)
    values = [
        {
            "from": one.low,
            "to": one.high,
            "crops": one.n,
            "crowd": 0.2 * one.n / most,
            "promised": one.promised,
            "closed": one.closed.value,
            "low": one.closed.low,
            "high": one.closed.high,
            "interval": wording.percent_interval(one.closed),
        }
        for one in bins
    ]
    across = _across("promised:Q", "promised: p closed, %")
    upwards = _upwards("closed:Q", "came true: closed eyes, %")
    tooltip = [
        alt.Tooltip("promised:Q", title="promised", format=".1%"),
        alt.Tooltip("closed:Q", title="came true", format=".1%"),
        alt.Tooltip("interval:N", title="95 % interval, %"),
        alt.Tooltip("crops:Q", title="crops", format=","),
    ]
    base = alt.Chart(alt.InlineData(values=values))
    crowd = base.mark_bar(color="var(--quiet)", opacity=0.35).encode(
        x=alt.X("from:Q", scale=_SHARE),
        x2="to:Q",
        y=alt.Y("crowd:Q", scale=_SHARE),
        y2=alt.datum(0),
    )
    whiskers = base.mark_rule(color="var(--c0)", strokeWidth=2).encode(
        x="promised:Q", y="low:Q", y2="high:Q"
    )
    points = base.mark_point(color="var(--c0)").encode(x=across, y=upwards, tooltip=tooltip)
    layers = [crowd, _diagonal(), whiskers, points]
    return alt.LayerChart(layer=layers).properties(height=_HEIGHT)


def _across(field: str, title: str) -> alt.X:
    return alt.X(field, axis=_percent_axis(title), scale=_SHARE)


def _upwards(field: str, title: str) -> alt.Y:
    return alt.Y(field, axis=_percent_axis(title), scale=_SHARE)


def _percent_axis(title: str) -> alt.Axis:
    return alt.Axis(title=title, labelExpr="round(100 * datum.value)", tickCount=5)


def _diagonal() -> alt.Chart:
    ends = alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
    line: alt.Chart = ends.mark_line(color="var(--quiet)", strokeDash=[2, 4], strokeWidth=1).encode(
        x="x:Q", y="y:Q"
    )
    return line
