"""Outcomes in the customer's measures, with intervals over people."""

from collections.abc import Sequence

import numpy as np

from blink.contract import OperatingPoint
from blink.evaluation.experience.outcome import Outcome, PerPerson
from blink.evaluation.experience.results import Experience, UserExperience
from blink.evaluation.experience.sessions import SessionBatch
from blink.evaluation.experience.unluckiest import count_unluckiest, estimate_unluckiest
from blink.evaluation.statistics import Estimate, odds, ratio
from blink.target import Product, Target


def describe_experience(
    row: str,
    point: OperatingPoint,
    target: Target,
    sessions: list[SessionBatch],
    outcome: Outcome,
    parts: Sequence[Outcome],
) -> Experience:
    """What one intelligence's users go through, everybody counting the same.

    Args:
        row: Title of the intelligence.
        point: Where it was played.
        target: Whose users they are.
        sessions: One for each person.
        outcome: Of all sessions.
        parts: Of the parts of the sessions, one by one.
    """
    daily = _daily(target, outcome)
    cost = outcome.cost(target) * 1000
    order = np.argsort(-daily, kind="stable")
    return Experience(
        row=row,
        operating_point=point,
        knobs=knobs_of(target, target.product),
        sessions=int(np.median([len(batch.openness) for batch in sessions])),
        figures=_figures(target, outcome, parts),
        kinds={
            kind: _mean(counts * target.uses_per_day, target.uses_per_day)
            for kind, counts in outcome.mistakes.items()
        },
        users=tuple(
            UserExperience(sessions[at].name, float(daily[at]), float(cost[at])) for at in order
        ),
        unluckiest=count_unluckiest(len(sessions)),
    )


def knobs_of(target: Target, product: Product) -> dict[str, float]:
    """The product's knobs that the target lets be turned, by name."""
    return {name: getattr(product, name) for name in target.knobs}


def _daily(target: Target, outcome: Outcome) -> PerPerson:
    return outcome.visible(target) * target.uses_per_day


def _figures(target: Target, outcome: Outcome, parts: Sequence[Outcome]) -> dict[str, Estimate]:
    daily, cost = _daily(target, outcome), outcome.cost(target) * 1000
    each = [_daily(target, part) for part in parts]
    dearest = 1000 * max(mistake.cost for mistake in target.mistakes.values())
    figures = {
        "mistakes_per_user_and_day": _mean(daily, target.uses_per_day),
        "mistakes_per_user_and_week": _mean(7 * daily, 7 * target.uses_per_day),
        "mistakes_per_day_of_unluckiest": estimate_unluckiest(each),
        "good_per_bad": odds(outcome.good, 1 - outcome.good),
        "cost_per_1000_uses": _mean(cost, dearest),
    }
    if np.isfinite(outcome.seconds).any():  # where time means nothing, nobody has any
        figures["seconds_to_success"] = _seconds(outcome.seconds)
    return figures


def _seconds(seconds: PerPerson) -> Estimate:
    """Mean over people; where some never succeeded, that of the others, which decides nothing."""
    timed = np.isfinite(seconds)
    found = _mean(seconds[timed], np.inf)
    if timed.all():
        return found
    never = f"{np.sum(~timed)} of {len(seconds)} people never succeeded: no interval"
    return Estimate(found.value, gap=never)


def _mean(values: PerPerson, most: float) -> Estimate:
    """Mean over people; `most` is what the worst of people has, for when all others had nothing.

    That is a mistake in each use, or more, if anybody has more.
    """
    return ratio(values, np.ones_like(values), most=max(most, values.max(initial=0.0)))
