"""How true it is what an intelligence says of openness, where that is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from blink.contract import OPEN
from blink.contract.record import Record
from blink.evaluation.predictions import OPENNESS_ANSWERED
from blink.evaluation.statistics import (
    DRAWS,
    SHARE,
    Estimate,
    Sample,
    Scale,
    Support,
    Values,
    draw_people,
    estimate,
)
from blink.evaluation.statistics.estimate import divide
from blink.evaluation.statistics.ranks import rank_correlation


@dataclass(frozen=True, slots=True)
class OpennessScores(Record):
    """The answers on some crops of known openness.

    Attributes:
        n: Crops.
        people: How many people they show, as far as they are known.
        unknown: How many of the crops are of people unknown; the intervals take each for a person.
        mean_error: Mean |answer - truth|, every crop the same: 0 to 1.
        rank_correlation: Spearman's, of answer and truth: -1 to 1.
    """

    n: int
    people: int
    unknown: int
    mean_error: Estimate
    rank_correlation: Estimate


@dataclass(frozen=True, slots=True)
class Openness(Record):
    """How true an intelligence's openness is.

    Attributes:
        all_crops: Over all crops of known openness.
        half_closed: Over those of them that have no label: neither closed nor open.
    """

    all_crops: OpennessScores
    half_closed: OpennessScores


def judge_openness(table: pd.DataFrame, draws: int = DRAWS) -> Openness | None:
    """Judges the openness of a predictions table; None where it holds no answers, or no truth.

    Args:
        table: A predictions table.
        draws: Resamples of people behind each interval.
    """
    if OPENNESS_ANSWERED not in table:
        return None
    known = table[table[["openness", OPENNESS_ANSWERED]].notna().all(axis=1)]
    if known.empty:
        return None
    return Openness(_score(known, draws), _score(known[known["label"].isna()], draws))


def _score(table: pd.DataFrame, draws: int) -> OpennessScores:
    true, answered = (table[name].to_numpy(np.float64) for name in ("openness", OPENNESS_ANSWERED))
    # A sample leaves crops without a label out; what the label is does not matter here.
    sample = Sample.of(table.assign(label=np.int8(OPEN)))
    weights = draw_people(sample.people, draws)
    error, crops = map(sample.per_person, (np.abs(answered - true), np.ones(len(table))))

    def conclude(values: Values, scale: Scale) -> Estimate:
        gap = "answers or eyes are all alike" if len(table) else "no such crops"
        support = Support(sample.known + sample.unknown)
        return estimate(values, sample.people, gap, support=support, scale=scale)

    return OpennessScores(
        n=len(table),
        people=sample.known,
        unknown=sample.unknown,
        mean_error=conclude(divide(weights @ error, weights @ crops), SHARE),
        rank_correlation=conclude(
            rank_correlation(answered, true, sample.person, weights), Scale(-1.0, 1.0)
        ),
    )
