"""What the unluckiest users go through, whose luck in the simulation is not taken for theirs.

In a simulation of some sessions somebody always fares worst, were all users alike. So the sessions
are parted, as folds are: who is unluckiest, the other parts say, and what these people go through,
the part at hand. Users who are alike then come out as alike. Where the other parts are too few to
find the unluckiest, the figure errs to the low side, towards that of everybody.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from blink.contract.wording import plural
from blink.evaluation.experience.outcome import PerPerson
from blink.evaluation.statistics import (
    DRAWS,
    RATE,
    Estimate,
    Values,
    Weights,
    draw_people,
    estimate,
)

UNLUCKIEST: Final = 0.05
"""Share of users who are named as the unluckiest."""

FEWEST_UNLUCKY: Final = 3
"""People in that share, for an interval: of one or two nobody knows how unlucky others can be."""

_PARTS: Final = 4
PARTS: Final = tuple(slice(first, None, _PARTS) for first in range(_PARTS))
"""Of everybody's sessions."""


def count_unluckiest(people: int) -> int:
    """How many of so many people are called the unluckiest; at least one."""
    return math.ceil(UNLUCKIEST * people)


def estimate_unluckiest(parts: Sequence[PerPerson]) -> Estimate:
    """Mean over the unluckiest users; in each draw of people, over those who are so in that draw.

    Args:
        parts: Mistakes of everybody in each part of the sessions.
    """
    daily = np.array(parts)
    people = daily.shape[1]
    weights = draw_people(people, DRAWS)
    means = [
        _mean_of_first(np.delete(daily, at, axis=0).sum(axis=0), daily[at], weights)
        for at in range(len(daily))
    ]
    values = np.mean(means, axis=0)
    if (many := count_unluckiest(people)) < FEWEST_UNLUCKY:
        whose = plural(many, "person is", "people are")
        gap = f"{whose} the unluckiest of {people}: no interval on fewer than {FEWEST_UNLUCKY}"
        return Estimate(float(values[0]), gap=gap)
    return estimate(values, people, "nobody to play", scale=RATE)


def _mean_of_first(rank: PerPerson, measured: PerPerson, weights: Weights) -> Values:
    """The mean of the people of highest rank, by weight, as many as are called unluckiest.

    People of the same rank share the places that are left for them.
    """
    many = count_unluckiest(len(rank))
    order = np.argsort(-rank, kind="stable")
    begins = np.flatnonzero(np.diff(rank[order], prepend=np.inf))
    ranked = weights[:, order]
    alike = np.add.reduceat(ranked, begins, axis=1)
    theirs = np.add.reduceat(ranked * measured[order], begins, axis=1)
    before = np.cumsum(alike, axis=1) - alike
    taken = np.clip(many - before, 0, alike)
    share = np.divide(taken, alike, out=np.zeros_like(taken), where=alike > 0)
    mean: Values = np.sum(share * theirs, axis=1) / many
    return mean
