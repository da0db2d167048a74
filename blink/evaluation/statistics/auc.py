"""The chance that a closed eye scores higher than an open one, on all bootstrap draws at once."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from blink.evaluation.statistics.bootstrap import Weights
from blink.evaluation.statistics.estimate import Values, divide
from blink.evaluation.statistics.sample import Sample


def auc(sample: Sample, weights: Weights) -> Values:
    """Chance that a closed eye scores higher than an open one; a tie counts half.

    All draws share one table of who wins against whom. Source: the Mann-Whitney statistic, Hanley
    and McNeil 1982.
    """
    won = ((weights @ count_wins(sample)) * weights).sum(axis=1)
    closed = weights @ sample.per_person(sample.closed)
    return divide(won, closed * (weights @ sample.per_person(~sample.closed)))


def count_wins(sample: Sample) -> NDArray[np.float64]:
    """How often a closed eye of one person scores higher than an open eye of another.

    Returns:
        (people with their closed eyes, people with their open eyes); a tie is half a win.
    """
    # Among eyes that tie the closed ones come last: each tie is counted as a win at first.
    order = np.lexsort((sample.closed, sample.score))
    return _count_before(sample, order) - _count_ties(sample) / 2


def _count_before(sample: Sample, order: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many open eyes of one person stand before the closed eyes of another in an order.

    The order is cut into blocks: pairs within a block are compared, those across are counted.
    """
    people = sample.people
    size = max(8, math.ceil(3 * math.sqrt(people)))
    blocks = -(-len(order) // size)
    person: NDArray[np.int64] = _cut(sample.person[order], blocks, size)
    closed: NDArray[np.bool_] = _cut(sample.closed[order], blocks, size)
    opened: NDArray[np.bool_] = _cut(~sample.closed[order], blocks, size)
    cells = person + people * np.arange(blocks)[:, None]
    positives, negatives = (
        np.bincount(cells[eyes], minlength=blocks * people).reshape(blocks, people).astype(float)
        for eyes in (closed, opened)
    )
    earlier = negatives.cumsum(axis=0) - negatives
    within = closed[:, :, None] & opened[:, None, :] & np.tri(size, k=-1, dtype=np.bool_)
    block, positive, negative = np.nonzero(within)
    pairs = person[block, positive] * people + person[block, negative]
    near = np.bincount(pairs, minlength=people**2).reshape(people, people)
    return np.asarray(positives.T @ earlier + near)


def _count_ties(sample: Sample) -> NDArray[np.float64]:
    """How often a closed eye of one person scores the same as an open eye of another."""
    scores, rank = np.unique(sample.score, return_inverse=True)
    closed, opened = (
        csr_array(
            (np.ones(eyes.sum()), (rank[eyes], sample.person[eyes])), (len(scores), sample.people)
        )
        for eyes in (sample.closed, ~sample.closed)
    )
    return np.asarray((closed.T @ opened).toarray())


def _cut(row: NDArray[Any], blocks: int, size: int) -> NDArray[Any]:
    """A row cut into blocks, (blocks, size), the last of which is filled up with zeros."""
    return np.pad(row, (0, blocks * size - len(row))).reshape(blocks, size)
