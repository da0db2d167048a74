"""What the plots of a report are drawn from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from blink.contract.record import Record
from blink.evaluation.statistics import BINS, Estimate, Sample, Support, Weights, estimate

_MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class RocPoint(Record):
    """One threshold's trade.

    Attributes:
        false_closed: Share of the open eyes that are called closed.
        found_closed: Share of the closed eyes that are called closed.
    """

    false_closed: float
    found_closed: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin(Record):
    """What p_closed promised and what came true, within one bin of the calibration error.

    Attributes:
        low: Lower edge of the bin.
        high: Upper edge of the bin.
        n: Crops in it.
        promised: Their mean p_closed.
        closed: The share of them that is closed.
    """

    low: float
    high: float
    n: int
    promised: float
    closed: Estimate


def trace_roc(sample: Sample) -> tuple[RocPoint, ...]:
    """The receiver operating characteristic, thinned evenly along its length.

    Returns:
        From (0, 0) to (1, 1); empty where a class is missing.
    """
    if sample.closed.all() or not sample.closed.any():
        return ()
    false, found, _ = roc_curve(sample.closed, sample.score)
    kept = _thin(false + found)
    return tuple(
        RocPoint(float(x), float(y)) for x, y in zip(false[kept], found[kept], strict=True)
    )


def _thin(length: NDArray[np.float64]) -> NDArray[np.int64]:
    if len(length) <= _MOST_POINTS:
        return np.arange(len(length))
    steps = np.linspace(0, length[-1], _MOST_POINTS)
    return np.unique(np.searchsorted(length, steps).clip(max=len(length) - 1))


def bin_reliability(sample: Sample, weights: Weights) -> tuple[ReliabilityBin, ...]:
    """The bins of the reliability diagram that hold any crops, lowest first."""
    ones = np.ones_like(sample.score)
    counts, closed, promised = (
        sample.per_person_and_bin(amounts) for amounts in (ones, sample.closed, sample.score)
    )
    drawn = weights @ counts
    shares = np.divide(weights @ closed, drawn, out=np.full_like(drawn, np.nan), where=drawn > 0)
    totals, bins = counts.sum(axis=0), sample.bins()
    return tuple(
        ReliabilityBin(
            low=index / BINS,
            high=(index + 1) / BINS,
            n=int(totals[index]),
            promised=float(promised[:, index].sum() / totals[index]),
            closed=estimate(
                shares[:, index],
                sample.people,
                "no crops",
                support=Support(sample.people_with(bins == index), " with such crops"),
            ),
        )
        for index in np.flatnonzero(totals)
    )
