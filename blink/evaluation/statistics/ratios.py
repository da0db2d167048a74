"""Ratios of what happens to people to what they do: mistakes a day, cost a use, good per bad."""

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.statistics.bootstrap import DRAWS, draw_people
from blink.evaluation.statistics.estimate import Estimate, Support, divide, estimate
from blink.evaluation.statistics.scales import SHARE, Scale

Amounts = NDArray[np.float64]
"""An amount of each person: (people,), none below zero."""


def ratio(
    part: Amounts,
    whole: Amounts,
    *,
    most: float = np.inf,
    support: Support | None = None,
) -> Estimate:
    """The sum of the parts over the sum of the wholes, with its interval over people.

    Where nothing was seen the interval does not end at zero: of so many people who were all spared
    a certain share may be others, and what befalls these is at most `most`. Without a bound there
    is no upper end then.

    Args:
        part: Mistakes, costs.
        whole: Days, uses. Who has none of it is left out.
        most: The largest ratio that a person can have: 1 for a share, the uses of a day for
            mistakes per day.
        support: The people on whom it rests, where amounts are those of lots of people; as many as
            have any of the whole if not given.

    Raises:
        ValueError: Somebody has more than `most`, or less than nothing.
    """
    taking = whole > 0
    part, whole = part[taking], whole[taking]
    if (part < 0).any() or (part > most * whole * (1 + 1e-9)).any():
        raise ValueError(f"Somebody has more than the most, {most}, or less than nothing.")
    weights = draw_people(len(whole), DRAWS)
    values = divide(weights @ part, weights @ whole)
    return estimate(
        values, len(whole), "nobody to look at", support=support, scale=Scale(0.0, most)
    )


def odds(good: Amounts, bad: Amounts) -> Estimate:
    """How many good there are for one bad, with its interval over people.

    Where none is bad there is no value, as it would be infinite, but a lower end.

    Args:
        good: Of each person.
        bad: Of each person.
    """
    share = ratio(bad, good + bad, most=SHARE.most)
    if share.value is None or share.low is None or share.high is None:
        value = None if not share.value else (1 - share.value) / share.value
        return Estimate(value, gap=share.gap)
    low, high = ((1 - end) / end if end else None for end in (share.high, share.low))
    if not share.value:
        return Estimate(None, low, None, gap="none is bad: no upper end")
    return Estimate((1 - share.value) / share.value, low, high)
