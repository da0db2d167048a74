"""The operating point of a target: least expected cost over validation people, then frozen."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit, logit

from blink.contract import DataError, OperatingPoint
from blink.evaluation.experience.basis import Basis, find_basis
from blink.evaluation.experience.log_odds import log_odds
from blink.evaluation.experience.outcome import PerPerson, play, say
from blink.evaluation.experience.sessions import SessionBatch, simulate_sessions
from blink.evaluation.experience.takes import Pool
from blink.target import Product, Scores, Target

THRESHOLDS: Final = tuple(round(float(p), 3) for p in expit(np.linspace(-5, 5, 33)))
"""Evenly spread in log odds, from 0.007 to 0.993."""

AS_GOOD: Final = 1.02
"""Costs within two percent of the least are as good as it; simulated costs are no finer."""


def choose_operating_point(target: Target, validation: pd.DataFrame) -> OperatingPoint:
    """The threshold at which validation people cost the target's owner least.

    Args:
        target: Whose costs.
        validation: Predictions of one intelligence on validation people.

    Raises:
        DataError: The validation people cannot play the target's users; says why.
    """
    basis = find_basis(target, validation)
    if basis.gap is not None:
        raise DataError(
            f"No operating point for {target.name} can be chosen on the validation people: "
            f"{basis.gap}. Evaluate on data with such people, or without a target."
        )
    sessions = simulate_sessions(target, basis.people)
    scores = say(sessions, basis.p_closed)
    costs = [costs_of(target, sessions, scores, threshold) for threshold in THRESHOLDS]
    threshold = choose_threshold(np.array(costs), spread_of_people(basis))
    return OperatingPoint(threshold, rule(target))


def rule(target: Target) -> str:
    """How such a threshold was chosen, in words."""
    return f"least expected cost for {target.name} on validation people"


def costs_of(
    target: Target,
    sessions: Sequence[SessionBatch],
    scores: Sequence[Scores],
    threshold: float,
    product: Product | None = None,
) -> PerPerson:
    """Cost per use of each person, in the target's currency."""
    return play(target, sessions, scores, threshold, product).cost(target)


def spread_of_people(basis: Basis) -> float:
    """How far people lie apart, in log odds, beyond those who are there: a kernel's bandwidth.

    Of each person the median score of open eyes, and of closed ones; of both states the mean of the
    deviations over people, shrunk by how many they are. Source: Silverman 1986, equation 3.28.
    """
    odds = log_odds(basis.p_closed.astype(np.float64))
    medians = np.array(
        [
            [_median(odds, [take.opened for take in one.takes]) for one in basis.people],
            [_median(odds, [take.closed for take in one.takes]) for one in basis.people],
        ]
    )
    people = len(basis.people)
    deviation = medians.std(axis=1, ddof=1).mean() if people > 1 else 0.0
    return float(1.06 * deviation * people**-0.2)


def _median(odds: NDArray[np.float64], pools: Sequence[Pool]) -> float:
    return float(np.median(odds[np.concatenate([pool.rows.ravel() for pool in pools])]))


def choose_threshold(
    costs: NDArray[np.float64], bandwidth: float, thresholds: Sequence[float] = THRESHOLDS
) -> float:
    """The threshold nearest to 0.5 of those that nobody can tell from the cheapest.

    The few people who validate do not show the hardest who will come. Each therefore stands for
    people around them, whose scores are a little higher or lower: costs are smoothed over
    thresholds, which is the same in log odds. Then the cheapest by itself would be luck, as people
    differ more than thresholds do: as good as it are those around it that cost at most one standard
    error over people more, each person compared with themselves.

    Args:
        costs: (thresholds, people)
        bandwidth: See `spread_of_people`.
        thresholds: Rising, evenly spread in log odds.

    Source: the smoothed bootstrap, Silverman and Young 1987; the rule of one standard error,
    Breiman et al. 1984.
    """
    steps = bandwidth / float(np.diff(logit(thresholds)).mean())
    smooth = gaussian_filter1d(costs, steps, axis=0, mode="nearest") if steps > 0 else costs
    mean = smooth.mean(axis=1)
    best = int(mean.argmin())
    more = smooth - smooth[best]
    people = costs.shape[1]
    error = more.std(axis=1, ddof=min(1, people - 1)) / np.sqrt(people)
    is_good = mean <= np.maximum(mean[best] + error, mean[best] * AS_GOOD)
    low = high = best
    while low > 0 and is_good[low - 1]:
        low -= 1
    while high < len(mean) - 1 and is_good[high + 1]:
        high += 1
    return min(thresholds[low : high + 1], key=lambda threshold: abs(threshold - 0.5))
