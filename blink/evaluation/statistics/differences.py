"""Whether one is better than another: differences over the same people, with their p-values."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from blink.contract import DataError
from blink.contract.record import Record
from blink.evaluation.statistics.bootstrap import DRAWS, draw_people
from blink.evaluation.statistics.estimate import (
    COVERAGE,
    SAME,
    Estimate,
    Support,
    Values,
    most_unseen,
    spread_over_people,
)
from blink.evaluation.statistics.metrics import ACCURACIES, measure, missing, support
from blink.evaluation.statistics.sample import Sample
from blink.evaluation.statistics.scales import DIFFERENCE


@dataclass(frozen=True, slots=True)
class Difference(Record):
    """How much better one is than another.

    Attributes:
        estimate: The difference with its interval.
        p: Two-sided, that there is none; below 0.05 just where the interval leaves zero out. None
            where there is no interval.
    """

    estimate: Estimate
    p: float | None


def differences(
    a: Sample, b: Sample, threshold_a: float, threshold_b: float, draws: int = DRAWS
) -> dict[str, Difference]:
    """All metrics of one intelligence minus those of another, on the same crops.

    Each draw takes the same people for both.

    Args:
        a: Crops with the scores of the one.
        b: The same crops, in the same order, with those of the other.
        threshold_a: Where p_closed of the one becomes a call.
        threshold_b: Likewise, of the other.
        draws: Resamples of people.

    Returns:
        Name, as in `TITLES`, to difference.

    Raises:
        DataError: The crops are not the same.
    """
    check_same_crops(a, b)
    weights = draw_people(a.people, draws)
    ours, theirs = measure(a, threshold_a, weights), measure(b, threshold_b, weights)
    return {
        name: difference(ours[name] - theirs[name], a.people, missing(a), support(a, name))
        for name in ours
    }


def check_same_crops(a: Sample, b: Sample) -> None:
    """Checks that two samples differ in nothing but their scores.

    Raises:
        DataError: They do.
    """
    if not (np.array_equal(a.closed, b.closed) and np.array_equal(a.person, b.person)):
        raise DataError(
            f"These are not the same crops of the same people, in the same order: {len(a.closed)} "
            f"and {len(b.closed)} crops. Evaluate both on the same data."
        )


def group_difference(
    sample: Sample,
    inside: NDArray[np.bool_],
    threshold: float,
    draws: int = DRAWS,
    seed: int = 0,
    metric: str = "balanced_accuracy",
) -> Difference:
    """A metric of a group minus that of the rest; negative where the group is weaker.

    A person may have crops on either side, and is drawn for both together.

    Args:
        sample: All crops.
        inside: (N,) which of them are the group's.
        threshold: Where p_closed becomes a call.
        draws: Resamples of people.
        seed: Of the resampling.
        metric: One of `ACCURACIES`.
    """
    weights = draw_people(sample.people, draws, seed)
    group, rest = sample.only(inside), sample.only(~inside)
    ours, others = (ACCURACIES[metric](side, threshold, weights) for side in (group, rest))
    why = missing(group) if np.isnan(ours[0]) else f"the rest: {missing(rest)}"
    supports = support(group, metric), support(rest, metric)
    unseen = math.hypot(
        *(
            _unseen(float(values[0]), people)
            for values, (people, _) in zip((ours, others), supports, strict=True)
        )
    )
    return difference(ours - others, sample.people, why, min(supports), unseen)


def difference(
    values: Values, people: int, gap: str, support: Support | None = None, unseen: float = 0.0
) -> Difference:
    """The difference between two numbers that were computed on every row of `Weights`.

    Args:
        values: The one minus the other.
        people: How many were drawn from.
        gap: Why the difference could not be computed, should that be so for everybody together.
        support: On which of these people it rests; on all of them if not given.
        unseen: Standard error of what no draw can show.
    """
    spread = spread_over_people(values, people, gap, support or Support(people))
    if isinstance(spread, Estimate):
        return Difference(spread, None)
    value, error = float(values[0]), math.hypot(spread.standard_error, unseen)
    if not error:
        return Difference(Estimate(value, gap=SAME), None)
    spread = replace(spread, standard_error=error)
    low, high = DIFFERENCE.around(value, spread.half_width)
    return Difference(Estimate(value, low, high), spread.p_value(value))


def _unseen(value: float, people: int) -> float:
    """Of a side that is right throughout, or wrong: its draws are too, which others need not be."""
    if value not in (0, 1) or not people:
        return 0.0
    return most_unseen(people) / float(norm.ppf((1 + COVERAGE) / 2))
