from dataclasses import dataclass

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.contract.record import Record
from blink.evaluation.curves import ReliabilityBin, RocPoint, bin_reliability, trace_roc
from blink.evaluation.openness import Openness, judge_openness
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.scores import Scores, crops_to_score, score
from blink.evaluation.statistics import DRAWS, Sample, draw_people


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
        unlabelled: Crops without a label, which nothing here counts but `openness`.
        operating_point: Where p_closed becomes a call.
        draws: Resamples of people behind each interval.
        confusion: Crops by truth and by call.
        roc: Empty where a class is missing.
        reliability: Bins that hold any crops.
        openness: How true its openness is; None where it says none, or nobody knows the truth.
    """

    scores: Scores
    unlabelled: int
    operating_point: OperatingPoint
    draws: int
    confusion: Confusion
    roc: tuple[RocPoint, ...]
    reliability: tuple[ReliabilityBin, ...]
    openness: Openness | None = None


def evaluate(
    table: pd.DataFrame, operating_point: OperatingPoint, draws: int = DRAWS
) -> Evaluation:
    """Judges a table of predictions as a whole; for its parts see `find_populations`.

    Args:
        table: A predictions table.
        operating_point: From probability to call, chosen on other people than these.
        draws: Resamples of people behind each interval.

    Raises:
        DataError: It is no predictions table.
    """
    table = checked_predictions(table, "The table to evaluate")
    threshold = operating_point.threshold
    sample = Sample.of(crops_to_score(table))
    weights = draw_people(sample.people, draws)
    return Evaluation(
        scores=score(sample, threshold, draws),
        unlabelled=len(table) - len(sample.closed),
        operating_point=operating_point,
        draws=draws,
        confusion=_confuse(sample, threshold),
        roc=trace_roc(sample),
        reliability=bin_reliability(sample, weights),
        openness=judge_openness(table, draws),
    )


def _confuse(sample: Sample, threshold: float) -> Confusion:
    called = sample.score >= threshold
    return Confusion(
        found_closures=int(np.sum(called & sample.closed)),
        missed_closures=int(np.sum(~called & sample.closed)),
        false_closures=int(np.sum(called & ~sample.closed)),
        found_openings=int(np.sum(~called & ~sample.closed)),
    )
