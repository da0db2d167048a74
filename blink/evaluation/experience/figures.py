"""Outcomes in the customer's measures, with intervals over people."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import OperatingPoint
from blink.evaluation.experience.outcome import Outcome, PerPerson
from blink.evaluation.experience.results import Experience, UserExperience
from blink.evaluation.experience.stage import Stage
from blink.evaluation.statistics import (
    DRAWS,
    RATE,
    Estimate,
    draw_people,
    estimate,
    odds,
    ratio,
)
from blink.evaluation.wording import plural
from blink.target import Product, Target

UNLUCKIEST: Final = 0.05
"""Share of users who are named as the unluckiest."""

FEWEST_UNLUCKY: Final = 3
"""People in that share, for an interval: of one or two nobody knows how unlucky others can be."""


def describe_experience(
    row: str,
    point: OperatingPoint,
    target: Target,
    stages: list[Stage],
    outcome: Outcome,
) -> Experience:
    """What one intelligence's users go through, everybody counting the same."""
    daily = outcome.visible(target) * target.uses_per_day
    cost = outcome.cost(target) * 1000
    order = np.argsort(-daily, kind="stable")
    return Experience(
        row=row,
        operating_point=point,
        knobs=knobs_of(target, target.product),
        sessions=int(np.median([len(stage.openness) for stage in stages])),
        figures=_figures(target, outcome, daily, cost),
        kinds={
            kind: _mean(counts * target.uses_per_day, target.uses_per_day)
            for kind, counts in outcome.mistakes.items()
        },
        users=tuple(
            UserExperience(stages[at].name, float(daily[at]), float(cost[at])) for at in order
        ),
        unluckiest=_unlucky(len(stages)),
    )


def knobs_of(target: Target, product: Product) -> dict[str, float]:
    """The product's knobs that the target lets be turned, by name."""
    return {name: getattr(product, name) for name in target.knobs}


def _figures(
    target: Target, outcome: Outcome, daily: PerPerson, cost: PerPerson
) -> dict[str, Estimate]:
    timed = np.isfinite(outcome.seconds)
    dearest = 1000 * max(mistake.cost for mistake in target.mistakes.values())
    figures = {
        "mistakes_per_user_and_day": _mean(daily, target.uses_per_day),
        "mistakes_per_user_and_week": _mean(7 * daily, 7 * target.uses_per_day),
        "mistakes_per_day_of_unluckiest": _tail(daily),
        "good_per_bad": odds(outcome.good, outcome.visible(target)),
        "cost_per_1000_uses": _mean(cost, dearest),
    }
    if timed.any():  # where time means nothing, nobody has any
        figures["seconds_to_success"] = _mean(outcome.seconds[timed], np.inf)
    return figures


def _mean(values: PerPerson, most: float) -> Estimate:
    """Mean over people; `most` is what the worst of people has, for when all others had nothing.

    That is a mistake in each use, or more, if anybody has more.
    """
    return ratio(values, np.ones_like(values), most=max(most, values.max(initial=0.0)))


def _unlucky(people: int) -> int:
    return math.ceil(UNLUCKIEST * people)


def _tail(daily: PerPerson) -> Estimate:
    """Mean of the unluckiest users; in each draw of people, of those who are so in that draw."""
    if (many := _unlucky(len(daily))) < FEWEST_UNLUCKY:
        whose = plural(many, "person is", "people are")
        gap = f"{whose} the unluckiest of {len(daily)}: no interval on fewer than {FEWEST_UNLUCKY}"
        return Estimate(_mean(np.sort(daily)[-many:], np.inf).value, gap=gap)
    weights = draw_people(len(daily), DRAWS, seed=0)
    order = np.argsort(-daily, kind="stable")
    means = _tail_means(daily[order], weights[:, order])
    return estimate(means, len(daily), "nobody to play", scale=RATE)


def _tail_means(falling: PerPerson, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws + 1,): the mean of the first people by weight, as many as are called unluckiest."""
    many = _unlucky(len(falling))
    before = np.cumsum(weights, axis=1) - weights
    taken = np.clip(many - before, 0, weights)
    return (taken @ falling) / many
