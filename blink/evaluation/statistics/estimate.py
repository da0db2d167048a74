"""A number with its 95 % interval over people, or the reason why there is none."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from blink.contract.people import MIN_PEOPLE
from blink.contract.record import Record
from blink.evaluation.statistics.scales import SHARE, Scale

COVERAGE: Final = 0.95
MOST_FAILED_DRAWS: Final = 0.05
"""Where more of the draws than this lack a class, the rest would flatter the interval."""

SAME: Final = "the same for everybody: no interval"
"""Of people who do not differ nobody can tell how far others would."""

_ROUNDING: Final = 1e-12
"""Of a number; draws that lie no further apart are the same."""

Values = NDArray[np.float64]
"""A number on each row of `Weights`: (1 + people + draws,); NaN where it cannot be computed."""


@dataclass(frozen=True, slots=True)
class Estimate(Record):
    """A number with its 95 % interval, or the reason why there is none.

    Attributes:
        value: The point estimate; None where it cannot be computed.
        low: Lower end of the interval; None without one.
        high: Upper end of the interval; None without one.
        gap: Why value, interval or one end of it are missing; None where all stand.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    gap: str | None = None


class Support(NamedTuple):
    """The people on whom a number rests.

    Attributes:
        people: How many.
        who: Which, where these are not all: ` with closed eyes`.
    """

    people: int
    who: str = ""

    @property
    def too_few(self) -> str | None:
        """Why there is no interval; None where there are enough people for one."""
        if self.people >= MIN_PEOPLE:
            return None
        return f"too few people{self.who}: {self.people}, an interval needs at least {MIN_PEOPLE}"


@dataclass(frozen=True, slots=True)
class Spread:
    """How much a number would differ from sample to sample of people.

    Attributes:
        standard_error: Of the number.
        degrees_of_freedom: Of Student's t that go with the error.
    """

    standard_error: float
    degrees_of_freedom: float

    @property
    def half_width(self) -> float:
        """Of an interval."""
        return float(t.ppf((1 + COVERAGE) / 2, self.degrees_of_freedom)) * self.standard_error

    def p_value(self, value: float) -> float:
        """Two-sided, that the number is zero; below 5 % just where the interval leaves it out."""
        return float(2 * t.sf(abs(value) / self.standard_error, self.degrees_of_freedom))


def estimate(
    values: Values,
    people: int,
    gap: str,
    *,
    support: Support | None = None,
    scale: Scale = SHARE,
    is_certain: bool = False,
) -> Estimate:
    """The interval of a number that was computed on every row of `Weights`.

    Its standard error is the bootstrap's over people. It is laid off on a scale that knows the
    number's bounds, as far as Student's t reaches: the fewer people make up the spread, the
    further. Where the number is at a bound nothing spreads, and there stands what so many people
    can exclude, the rule of three. Where nothing spreads elsewhere, there is no interval.

    Args:
        values: See `Values`.
        people: How many were drawn from.
        gap: Why the number could not be computed, should that be so for everybody together.
        support: On which of these people the number rests; on all of them if not given.
        scale: What the number can be.
        is_certain: Whether a number that is the same whoever is drawn has to be so, whoever comes:
            its interval is of no width.

    Source: rule of three, in its exact form: Hanley and Lippman-Hand 1983.
    """
    support = support or Support(people)
    spread = spread_over_people(values, people, gap, support)
    if isinstance(spread, Estimate):
        return spread
    value = float(values[0])
    if value in (scale.least, scale.most):
        return _exclude(value, support.people, scale)
    if not spread.standard_error:
        return Estimate(value, value, value) if is_certain else Estimate(value, gap=SAME)
    low, high = scale.around(value, spread.half_width)
    if np.isinf(high):
        return Estimate(value, low, gap="it rests on a person or two: no upper end")
    return Estimate(value, low, high)


def spread_over_people(
    values: Values, people: int, gap: str, support: Support
) -> Spread | Estimate:
    """The spread of a number, or the estimate without interval that says why nobody can tell.

    Args:
        values: See `Values`.
        people: How many were drawn from.
        gap: Why the number could not be computed, should that be so for everybody together.
        support: On which of these people it rests.

    Source: degrees of freedom by Satterthwaite 1946, each person a component of the variance; what
    a person contributes by the jackknife, Efron and Tibshirani 1993, chapter 11.
    """
    value, without, drawn = float(values[0]), values[1 : 1 + people], values[1 + people :]
    if np.isnan(value):
        return Estimate(None, gap=gap)
    if support.too_few:
        return Estimate(value, gap=support.too_few)
    failed = np.isnan(drawn)
    if failed.mean() > MOST_FAILED_DRAWS or np.isnan(without).any():
        return Estimate(value, gap="too few people: without some of them it cannot be computed")
    parts = (without - without.mean()) ** 2
    squares = float((parts**2).sum())
    freedom = float(parts.sum() ** 2 / squares) if squares > 0 else people - 1.0
    kept = drawn[~failed]
    is_same = np.allclose(kept, value, rtol=_ROUNDING, atol=0)
    return Spread(0.0 if is_same else float(kept.std()), min(freedom, people - 1.0))


def most_unseen(people: int) -> float:
    """The largest share of a population that so many people may all happen not to show."""
    return float(1 - ((1 - COVERAGE) / 2) ** (1 / people))


def divide(part: Values, whole: Values) -> Values:
    """Row by row; NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _exclude(value: float, people: int, scale: Scale) -> Estimate:
    if np.isinf(scale.most):
        return Estimate(value, value, gap=f"none among {people} people: no upper end")
    reach = most_unseen(people) * (scale.most - scale.least)
    return Estimate(value, max(scale.least, value - reach), min(scale.most, value + reach))
