from dataclasses import dataclass

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.contract.record import Record
from blink.evaluation.bootstrap import DRAWS, Estimate, Weights, draw_people, estimate
from blink.evaluation.curves import ReliabilityBin, RocPoint, bin_reliability, trace_roc
from blink.evaluation.metrics import Sample, measure
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.slices import split_by_attributes


@dataclass(frozen=True, slots=True)
class Scores(Record):
    """The metrics of some crops, and how many crops and people stand behind them.

    Attributes:
        n: Labelled crops.
        closed: How many of these are closed.
        people: How many people they show, as far as they are known.
        unknown: How many of the crops are of people unknown; the intervals take each for a person.
        metrics: Name, as in `blink.evaluation.metrics.TITLES`, to estimate.
    """

    n: int
    closed: int
    people: int
    unknown: int
    metrics: dict[str, Estimate]

    def __getitem__(self, metric: str) -> Estimate:
        return self.metrics[metric]


@dataclass(frozen=True, slots=True)
class Slice(Record):
    """The scores of the crops that share one attribute's value."""

    attribute: str
    value: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Confusion(Record):
    """Crops by truth and by call, at the operating point.

    Attributes:
        found_closures: Closed, called closed.
        missed_closures: Closed, called open.
        false_closures: Open, called closed.
        found_openings: Open, called open.
    """

    found_closures: int
    missed_closures: int
    false_closures: int
    found_openings: int


@dataclass(frozen=True, slots=True)
class Evaluation(Record):
    """What an intelligence is worth on one table of predictions.

    Attributes:
        scores: Over all labelled crops.
        unlabelled: Crops without a label, which nothing here counts.
        operating_point: Where p_closed becomes a call.
        draws: Resamples of people behind each interval.
        confusion: Crops by truth and by call.
        slices: By attribute value, in the order of the attributes.
        roc: Empty where a class is missing.
        reliability: Bins that hold any crops.
    """

    scores: Scores
    unlabelled: int
    operating_point: OperatingPoint
    draws: int
    confusion: Confusion
    slices: tuple[Slice, ...]
    roc: tuple[RocPoint, ...]
    reliability: tuple[ReliabilityBin, ...]


def evaluate(
    table: pd.DataFrame, operating_point: OperatingPoint, draws: int = DRAWS, seed: int = 0
) -> Evaluation:
    """Judges a table of predictions.

    Args:
        table: A predictions table.
        operating_point: From probability to call, chosen on other people than these.
        draws: Resamples of people behind each interval.
        seed: Of the resampling.

    Raises:
        DataError: It is no predictions table.
    """
    table = checked_predictions(table, "The table to evaluate")
    threshold = operating_point.threshold
    sample = Sample.of(table)
    weights = draw_people(sample.people, draws, seed)
    slices = (
        Slice(attribute, value, _score(cut, threshold, draw_people(cut.people, draws, seed)))
        for attribute, value, rows in split_by_attributes(table)
        for cut in [Sample.of(rows)]
    )
    return Evaluation(
        scores=_score(sample, threshold, weights),
        unlabelled=len(table) - len(sample.closed),
        operating_point=operating_point,
        draws=draws,
        confusion=_confuse(sample, threshold),
        slices=tuple(slices),
        roc=trace_roc(sample),
        reliability=bin_reliability(sample, weights),
    )


def _score(sample: Sample, threshold: float, weights: Weights) -> Scores:
    closed = int(sample.closed.sum())
    gap = _missing(closed, len(sample.closed))
    values = measure(sample, threshold, weights)
    return Scores(
        n=len(sample.closed),
        closed=closed,
        people=sample.known,
        unknown=sample.unknown,
        metrics={name: estimate(drawn, sample.people, gap) for name, drawn in values.items()},
    )


def _missing(closed: int, n: int) -> str:
    if n == 0:
        return "no labelled crops"
    return "no open eyes" if closed == n else "no closed eyes"


def _confuse(sample: Sample, threshold: float) -> Confusion:
    called = sample.score >= threshold
    return Confusion(
        found_closures=int(np.sum(called & sample.closed)),
        missed_closures=int(np.sum(~called & sample.closed)),
        false_closures=int(np.sum(called & ~sample.closed)),
        found_openings=int(np.sum(~called & ~sample.closed)),
    )
