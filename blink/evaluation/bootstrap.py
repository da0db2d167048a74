"""Intervals by resampling people, not crops: the crops of one person err together.

Where nobody knows whose a crop is, the crop is resampled, see `blink.evaluation.metrics.Sample`.
Such intervals are too narrow, and whatever shows them says that its people are unknown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from blink.contract.record import Record

DRAWS = 2000
COVERAGE = 0.95
MOST_FAILED_DRAWS = 0.05
"""Where more of the draws than this lack a class, the rest would flatter the interval."""

Weights = NDArray[np.float64]
"""(draws + 1, people): how often a draw takes each person; row 0 takes everybody once."""


@dataclass(frozen=True, slots=True)
class Estimate(Record):
    """A number with its 95 % interval, or the reason why there is none.

    Attributes:
        value: The point estimate; None where it cannot be computed.
        low: Lower end of the interval; None without one.
        high: Upper end of the interval; None without one.
        gap: Why value or interval are missing; None where both stand.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    gap: str | None = None


def draw_people(people: int, draws: int, seed: int) -> Weights:
    """Resamples people with replacement.

    Args:
        people: How many there are.
        draws: How many resamples; none are drawn of fewer than two people.
        seed: The same seed gives the same draws.
    """
    everybody = np.ones((1, people))
    if people < 2:
        return everybody
    drawn = np.random.default_rng(seed).integers(people, size=(draws, people))
    cells = drawn + people * np.arange(draws)[:, None]
    taken = np.bincount(cells.ravel(), minlength=draws * people)
    return np.vstack([everybody, taken.reshape(draws, people)])


def estimate(values: NDArray[np.float64], people: int, gap: str) -> Estimate:
    """The expanded percentile interval of a metric that was computed on every row of `Weights`.

    Percentiles of few people's resamples make intervals that are too narrow; they are taken further
    out, as far as Student's t lies beyond the normal distribution.

    Args:
        values: (draws + 1,); NaN where the metric could not be computed.
        people: How many were resampled.
        gap: Why the metric could not be computed, should that be so for everybody together.

    Source: Hesterberg 2015, "What Teachers Should Know About the Bootstrap", section 3.3.
    """
    value, drawn = float(values[0]), values[1:]
    if np.isnan(value):
        return Estimate(None, gap=gap)
    if not len(drawn):
        return Estimate(value, gap="one person: no interval")
    failed = np.isnan(drawn)
    if failed.mean() > MOST_FAILED_DRAWS:
        return Estimate(value, gap="too few people with each class: no interval")
    reach = t.ppf((1 + COVERAGE) / 2, people - 1) * np.sqrt(people / (people - 1))
    tail = norm.sf(reach)
    low, high = np.quantile(drawn[~failed], [tail, 1 - tail])
    return Estimate(value, float(low), float(high))
