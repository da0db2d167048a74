"""How the experience changes: by threshold, by accuracy, from person to person."""

from json import dumps
from typing import Any

import altair as alt
from markupsafe import Markup

from blink.contract.wording import percent, plural
from blink.evaluation import wording
from blink.evaluation.experience.results import Assessment, Experience
from blink.evaluation.report.curves import COLOURS
from blink.evaluation.report.knobs import knobs_chart
from blink.pages import chart

_HEIGHT = 260
_MOST_ABOVE = 6
"""A curve is cut off at so many times its value at the frozen point: what lies near it counts."""


def experience_charts(assessment: Assessment) -> list[tuple[str, Markup]]:
    """Title and chart; those alone that the simulation has figures for."""
    charts = [
        ("What the threshold costs", _cost_chart(assessment)),
        ("Which mistakes it trades", _kinds_chart(assessment)),
        ("What accuracy is worth", _accuracy_chart(assessment)),
        ("Whom the mistakes hit", _people_chart(assessment)),
    ]
    if assessment.knobs is not None:
        solved = knobs_chart(assessment.knobs, assessment.currency)
        charts.append(("What the knobs solve without a better model", solved))
    return charts


def _cost_chart(assessment: Assessment) -> Markup:
    """Read off by a slider."""
    frozen = assessment.experiences[0].operating_point.threshold
    values = [
        {
            "threshold": at.threshold,
            "cost": at.cost_per_1000_uses,
            "mistakes": at.mistakes_per_user_and_day,
        }
        for at in assessment.by_threshold
    ]
    here = _nearest(values, frozen)
    upwards = alt.Y(
        "cost:Q",
        title=f"cost per 1,000 uses, {assessment.currency}",
        scale=_from_zero([value["cost"] for value in values], here["cost"]),
    )
    base = alt.Chart(alt.InlineData(values=values)).encode(x=_threshold_axis(), y=upwards)
    tooltip = [
        alt.Tooltip("threshold:Q"),
        alt.Tooltip("cost:Q", title="cost per 1,000 uses", format=",.3~r"),
        alt.Tooltip("mistakes:Q", title="mistakes per user and day", format=",.3~r"),
    ]
    line = base.mark_line(color="var(--c0)", clip=True)
    points = base.mark_point(color="var(--c0)", size=34, clip=True).encode(tooltip=tooltip)
    slider = alt.param(
        name="at",
        value=round(frozen, 2),
        bind=alt.binding_range(min=0, max=1, step=0.01, name="Read off at threshold"),
    )
    drawn = alt.layer(
        _frozen_rule(frozen), line, points, *_reading(values, upwards, assessment.currency)
    ).add_params(slider)
    cheapest = min(values, key=lambda value: value["cost"])
    now, least = (wording.money(at["cost"], assessment.currency) for at in (here, cheapest))
    return chart(
        drawn.properties(height=_HEIGHT),
        f"Cost per 1,000 uses against the threshold, on these people. Dashed: the threshold that "
        f"was frozen before, {wording.probability(frozen)}, at {now}. The least here, {least} at "
        f"{wording.probability(cheapest['threshold'])}, is to be discussed, not chosen: it was "
        "found on the people who judge.",
    )


def _reading(values: list[dict[str, Any]], upwards: alt.Y, currency: str) -> list[alt.Chart]:
    """A rule at the slider, with the cost there in words."""
    there = (
        alt.Chart(alt.InlineData(values=values))
        .encode(x=_threshold_axis())
        .transform_calculate(away="abs(datum.threshold - at)")
        .transform_joinaggregate(nearest="min(away)")
        .transform_filter("datum.away === datum.nearest")
        .transform_calculate(
            text="'at ' + datum.threshold + ': ' + format(datum.cost, ',.3~r') + "
            + dumps(f" {currency}")
        )
    )
    words = [
        there.transform_filter(f"datum.threshold {half} 0.5")
        .mark_text(align="left" if half == "<" else "right", dx=dx, color="var(--c1)")
        .encode(text="text:N", y=alt.value(8))
        for half, dx in (("<", 8), (">=", -8))
    ]
    rule = there.mark_rule(color="var(--c1)", strokeWidth=1.5)
    dot = there.mark_point(color="var(--c1)", size=110, clip=True).encode(y=upwards)
    return [rule, dot, *words]


def _kinds_chart(assessment: Assessment) -> Markup:
    main = assessment.experiences[0]
    frozen = main.operating_point.threshold
    kinds = list(assessment.words)
    values: list[dict[str, Any]] = [
        {"threshold": at.threshold, "kind": assessment.words[kind], "mistakes": at.kinds[kind]}
        for at in assessment.by_threshold
        for kind in kinds
    ]
    here = max(
        _nearest([v for v in values if v["kind"] == assessment.words[kind]], frozen)["mistakes"]
        for kind in kinds
    )
    colour = alt.Scale(
        domain=[assessment.words[kind] for kind in kinds], range=COLOURS[: len(kinds)]
    )
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=_threshold_axis(),
        y=alt.Y(
            "mistakes:Q",
            title="mistakes per user and day",
            scale=_from_zero([value["mistakes"] for value in values], here),
        ),
        color=alt.Color("kind:N", scale=colour),
    )
    points = base.mark_point(size=34, clip=True).encode(
        tooltip=[
            alt.Tooltip("kind:N", title="mistake"),
            alt.Tooltip("threshold:Q"),
            alt.Tooltip("mistakes:Q", title="per user and day", format=",.3~r"),
        ]
    )
    drawn = alt.layer(_frozen_rule(frozen), base.mark_line(clip=True), points)
    shares = "; ".join(
        f"{assessment.words[kind]}: {wording.figure(main.kinds[kind].value)}" for kind in kinds
    )
    return chart(
        drawn.properties(height=_HEIGHT),
        f"Mistakes per user and day against the threshold, by kind. At the frozen one: {shares}.",
    )


def _accuracy_chart(assessment: Assessment) -> Markup:
    """What a better or a worse intelligence would change for the users."""
    values = [
        {
            "accuracy": at.balanced_accuracy,
            "cost": at.cost_per_1000_uses,
            "mistakes": at.mistakes_per_user_and_day,
            "step": at.step,
            "which": "as it is" if at.step == 0 else "imagined",
        }
        for at in assessment.by_accuracy
    ]
    across = alt.X(
        "accuracy:Q",
        title="balanced accuracy, %",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(labelExpr="format(100 * datum.value, '.3~r')", tickCount=6),
    )
    upwards = alt.Y("cost:Q", title=f"cost per 1,000 uses, {assessment.currency}")
    base = alt.Chart(alt.InlineData(values=values)).encode(x=across, y=upwards)
    colour = alt.Scale(domain=["as it is", "imagined"], range=["var(--c1)", "var(--c0)"])
    points = base.mark_point(size=80).encode(
        color=alt.Color("which:N", scale=colour),
        tooltip=[
            alt.Tooltip("which:N", title="model"),
            alt.Tooltip("accuracy:Q", title="balanced accuracy", format=".2%"),
            alt.Tooltip("cost:Q", title="cost per 1,000 uses", format=",.3~r"),
            alt.Tooltip("mistakes:Q", title="mistakes per user and day", format=",.3~r"),
            alt.Tooltip("step:Q", title="moved by, in log odds"),
        ],
    )
    drawn = alt.layer(base.mark_line(color="var(--c0)", order=False), points)
    steps = sorted(assessment.by_accuracy, key=lambda at: at.step)
    costs = [wording.money(at.cost_per_1000_uses, assessment.currency) for at in steps]
    accuracies = [percent(at.balanced_accuracy) for at in steps]
    return chart(
        drawn.properties(height=_HEIGHT),
        "The same mistakes, clustered as they are, but more or less certain, with the frozen "
        f"threshold. From {costs[0]} at {accuracies[0]} % to {costs[-1]} at {accuracies[-1]} % "
        "balanced accuracy.",
    )


def _people_chart(assessment: Assessment) -> Markup:
    """How unevenly mistakes fall on people."""
    main = assessment.experiences[0]
    base = alt.Chart(alt.InlineData(values=_ranked(main))).encode(
        x=alt.X(
            "rank:Q",
            title="people, the unluckiest first",
            axis=alt.Axis(labels=False, ticks=False, grid=False),
        ),
        x2="end:Q",
        y=alt.Y("mistakes:Q", title="visible mistakes per day"),
        y2=alt.datum(0),
    )
    colour = alt.Scale(
        domain=["unluckiest 5 %", "everybody else"], range=["var(--c1)", "var(--c0)"]
    )
    bars = base.mark_bar().encode(
        color=alt.Color("which:N", scale=colour),
        tooltip=[
            alt.Tooltip("person:N"),
            alt.Tooltip("mistakes:Q", title="mistakes per day", format=",.3~r"),
            alt.Tooltip("cost:Q", title="cost per 1,000 uses", format=",.3~r"),
        ],
    )
    mean = main.figures["mistakes_per_user_and_day"].value
    rule = (
        alt.Chart(alt.InlineData(values=[{"mean": mean}]))
        .mark_rule(strokeDash=[4, 4])
        .encode(y="mean:Q")
    )
    without = sum(user.mistakes_per_day == 0 for user in main.users)
    spared = f"{wording.count(without)} of them see none" if without else "everybody sees some"
    return chart(
        alt.layer(bars, rule).properties(height=_HEIGHT),
        f"Visible mistakes per day with {main.row}, for each of "
        f"{plural(len(main.users), 'person', 'people')}; dashed: their mean, "
        f"{wording.figure(mean)}; {spared}.",
    )


def _ranked(experience: Experience) -> list[dict[str, Any]]:
    return [
        {
            "rank": place + 0.1,
            "end": place + 0.9,
            "person": user.subject,
            "mistakes": user.mistakes_per_day,
            "cost": user.cost_per_1000_uses,
            "which": "unluckiest 5 %" if place < experience.unluckiest else "everybody else",
        }
        for place, user in enumerate(experience.users)
    ]


def _threshold_axis() -> alt.X:
    return alt.X("threshold:Q", title="threshold: closed from p =", scale=alt.Scale(domain=[0, 1]))


def _frozen_rule(threshold: float) -> alt.Chart:
    here = alt.Chart(alt.InlineData(values=[{"threshold": threshold}]))
    rule: alt.Chart = here.mark_rule(strokeDash=[4, 4]).encode(
        x="threshold:Q", tooltip=alt.Tooltip("threshold:Q", title="frozen at", format=".3f")
    )
    return rule


def _nearest(values: list[dict[str, Any]], threshold: float) -> dict[str, Any]:
    return min(values, key=lambda value: abs(value["threshold"] - threshold))


def _from_zero(values: list[float], here: float) -> alt.Scale:
    most = max(values)
    return alt.Scale(domain=[0, (min(most, _MOST_ABOVE * here) if here > 0 else most) or 1])
