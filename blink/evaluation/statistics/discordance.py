"""Which of two calls is right where they differ: McNemar's test, over crops and over people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, t

from blink.contract.record import Record
from blink.evaluation.statistics.differences import check_same_crops
from blink.evaluation.statistics.estimate import Support
from blink.evaluation.statistics.sample import Sample


@dataclass(frozen=True, slots=True)
class Discordance(Record):
    """Crops on which two intelligences call differently, so that one of them is wrong.

    Attributes:
        only_a: Crops that only the one calls rightly.
        only_b: Crops that only the other calls rightly.
        people: How many people show any of these, as far as they are known.
        unknown: How many of these crops are of people unknown.
        p_crops: Exact McNemar test, as if crops were independent, which those of a person are not:
            too small.
        p: McNemar test with people as clusters; None where there are too few.
        gap: Why `p` is missing.
    """

    only_a: int
    only_b: int
    people: int
    unknown: int
    p_crops: float
    p: float | None
    gap: str | None


def mcnemar(a: Sample, b: Sample, threshold_a: float, threshold_b: float) -> Discordance:
    """Whether one of two intelligences is right more often where they differ.

    Over people the statistic is Obuchowski's: the squared sum of each person's difference over the
    sum of squared differences. It is compared with Student's t, squared, as few people make it up.

    Args:
        a: Crops with the scores of the one.
        b: The same crops, in the same order, with those of the other.
        threshold_a: Where p_closed of the one becomes a call.
        threshold_b: Likewise, of the other.

    Raises:
        DataError: The crops are not the same.

    Source: McNemar 1947; Obuchowski 1998, "On the comparison of correlated proportions for
    clustered data", in the form that Yang, Sun and Hardin 2010 give it.
    """
    check_same_crops(a, b)
    right_a, right_b = (
        (side.score >= threshold) == side.closed
        for side, threshold in ((a, threshold_a), (b, threshold_b))
    )
    only_a, only_b = right_a & ~right_b, right_b & ~right_a
    leads = a.per_person(only_a.astype(np.int64) - only_b)
    counts = int(only_a.sum()), int(only_b.sum())
    apart = a.only(only_a | only_b)
    support = Support(apart.known + apart.unknown, " on whom they differ")
    return Discordance(
        *counts,
        people=apart.known,
        unknown=apart.unknown,
        p_crops=float(binomtest(counts[0], sum(counts)).pvalue) if sum(counts) else 1.0,
        p=None if support.too_few else _over_people(leads),
        gap=support.too_few,
    )


def _over_people(leads: NDArray[np.float64]) -> float:
    squares = float((leads**2).sum())
    if not squares:
        return 1.0
    people = len(leads)
    statistic = (people - 1) / people * leads.sum() ** 2 / squares
    freedom = min(squares**2 / float((leads**4).sum()), people - 1.0)
    return float(2 * t.sf(np.sqrt(statistic), freedom))
