"""Whether what is larger is also said to be larger, on all bootstrap draws."""

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.statistics.bootstrap import Weights
from blink.evaluation.statistics.estimate import Values
from blink.latency.slot import giving_way


def rank_correlation(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    person: NDArray[np.int64],
    weights: Weights,
) -> Values:
    """Spearman's rank correlation on each row of weights; ties have their mean rank.

    Args:
        first: (N,) a number of each crop.
        second: (N,) another one.
        person: (N,) whose each crop is, from 0.
        weights: From `draw_people`.

    Returns:
        NaN where one of the two is the same of all crops.
    """
    one, other = (np.unique(values, return_inverse=True)[1] for values in (first, second))
    return np.array([_correlate(one, other, row[person]) for row in giving_way(weights)])


def _correlate(
    first: NDArray[np.int64], second: NDArray[np.int64], times: NDArray[np.float64]
) -> float:
    """Pearson's correlation of the ranks, where each crop is there so many times."""
    if not times.any():
        return np.nan
    one, other = (_centred_ranks(steps, times) for steps in (first, second))
    spread = np.sqrt((times @ one**2) * (times @ other**2))
    return float(times @ (one * other) / spread) if spread > 0 else np.nan


def _centred_ranks(steps: NDArray[np.int64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ranks less their mean, half the number of crops."""
    ties = np.bincount(steps, times)
    ranks: NDArray[np.float64] = (np.cumsum(ties) - ties / 2 - times.sum() / 2)[steps]
    return ranks
