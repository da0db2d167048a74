"""The six numbers by which an intelligence is judged, computed on all bootstrap draws at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED
from blink.evaluation.bootstrap import Weights

MOST_UNKNOWN = 2000
"""Crops of people unknown are drawn one by one up to this number, beyond it in so many lots."""

BINS = 15
"""Equal-width bins of the calibration error; the last one holds 1."""

TITLES: Final = {
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "auc": "AUC",
    "recall_closed": "Recall of closed",
    "recall_open": "Recall of open",
    "ece": "Calibration error",
}
"""Metrics in the order in which they are shown."""

Values = NDArray[np.float64]
"""A metric on each row of `Weights`: (draws + 1,); NaN where it cannot be computed."""


@dataclass(frozen=True)
class Sample:
    """The labelled crops of some people.

    Nobody knows which crops of people unknown belong together, so each of them stands for a person
    of its own; where they are very many, each lot of crops, put together at random, does.

    Attributes:
        closed: (N,) the truth.
        score: (N,) p_closed.
        person: (N,) whole numbers from 0 to people - 1, each of them used.
        people: How many people, or crops that stand for one: what is drawn for the intervals.
        unknown: How many crops are of people unknown.
    """

    closed: NDArray[np.bool_]
    score: NDArray[np.float32]
    person: NDArray[np.int64]
    people: int
    unknown: int = 0

    @property
    def known(self) -> int:
        """How many people there are who are known."""
        return self.people - min(self.unknown, MOST_UNKNOWN)

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Sample":
        """The sample of a predictions table; crops without a label are left out."""
        known = table[table["label"].notna()]
        # `ngroup` gives no number where the subject is null.
        person = (
            known.groupby(["dataset", "subject"], sort=True)
            .ngroup()
            .fillna(-1)
            .to_numpy()
            .astype(np.int64)
        )
        people = int(person.max(initial=-1)) + 1
        nobody = np.flatnonzero(person < 0)
        # Ids are hashes, so their order is random, and the same on every machine.
        shuffled = nobody[np.argsort(known["id"].to_numpy(str)[nobody])]
        person[shuffled] = people + np.arange(len(nobody)) % MOST_UNKNOWN
        return cls(
            closed=(known["label"] == CLOSED).to_numpy(np.bool_),
            score=known["p_closed"].to_numpy(np.float32),
            person=person,
            people=int(person.max(initial=-1)) + 1,
            unknown=len(nobody),
        )

    def bins(self) -> NDArray[np.int64]:
        """The calibration bin of each crop: (N,), from 0 to `BINS` - 1."""
        return np.minimum((self.score * np.float32(BINS)).astype(np.int64), BINS - 1)

    def per_person(self, amounts: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sums of an amount per crop over each person: (people,)."""
        return np.bincount(self.person, amounts, self.people).astype(np.float64)

    def per_person_and_bin(self, amounts: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sums of an amount per crop over each person and calibration bin: (people, BINS)."""
        cell = self.person * BINS + self.bins()
        sums = np.bincount(cell, amounts, self.people * BINS).astype(np.float64)
        return sums.reshape(-1, BINS)


def measure(sample: Sample, threshold: float, weights: Weights) -> dict[str, Values]:
    """All metrics on all draws.

    Balanced accuracy, F1 and AUC need both classes; one class alone leaves a gap.

    Args:
        sample: The crops.
        threshold: An eye counts as closed where p_closed reaches it.
        weights: From `draw_people`.

    Returns:
        Name, as in `TITLES`, to values.
    """
    called = sample.score >= threshold
    recall_closed = _share(sample, called, sample.closed, weights)
    recall_open = _share(sample, ~called, ~sample.closed, weights)
    return {
        "balanced_accuracy": (recall_closed + recall_open) / 2,
        "f1": f1(sample, threshold, weights),
        "auc": auc(sample, weights),
        "recall_closed": recall_closed,
        "recall_open": recall_open,
        "ece": ece(sample, weights),
    }


def f1(sample: Sample, threshold: float, weights: Weights) -> Values:
    """Harmonic mean of precision and recall of closed."""
    called = sample.score >= threshold
    hits = weights @ sample.per_person(called & sample.closed)
    both = weights @ sample.per_person(called.astype(np.int64) + sample.closed)
    single = _one_class(sample, weights)
    return np.where(single, np.nan, _ratio(2 * hits, both))


def auc(sample: Sample, weights: Weights) -> Values:
    """Chance that a closed eye scores higher than an open one; a tie counts half.

    All draws share one table of who wins against whom. Source: the Mann-Whitney statistic, Hanley
    and McNeil 1982.
    """
    closed_people, open_people, wins = _count_wins(sample)
    won = ((weights[:, closed_people] @ wins) * weights[:, open_people]).sum(axis=1)
    closed_weight = weights @ sample.per_person(sample.closed)
    return _ratio(won, closed_weight * (weights @ sample.per_person(~sample.closed)))


def _count_wins(
    sample: Sample,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """How often a closed eye of one person scores higher than an open eye of another.

    Returns:
        People with closed eyes (C,), people with open eyes (O,), and the pairs won (C, O); a tie is
        half a win.
    """
    order = np.argsort(sample.score, kind="stable")
    score, closed, person = sample.score[order], sample.closed[order], sample.person[order]
    closed_people, rows = np.unique(person[closed], return_inverse=True)
    open_people = np.unique(person[~closed])
    wins = np.empty((len(closed_people), len(open_people)))
    for column, rival in enumerate(open_people):
        rivals = score[~closed & (person == rival)]
        twice = sum(np.searchsorted(rivals, score[closed], side) for side in ("left", "right"))
        wins[:, column] = np.bincount(rows, twice, len(closed_people)) / 2
    return closed_people, open_people, wins


def ece(sample: Sample, weights: Weights) -> Values:
    """Expected calibration error of p_closed: mean over the crops of |p_closed - share closed|.

    Both means are taken within `BINS` bins. Source: Naeini et al. 2015, in its binary form.
    """
    surplus = sample.per_person_and_bin(sample.score.astype(np.float64) - sample.closed)
    total = weights @ sample.per_person(np.ones_like(sample.score))
    return _ratio(np.abs(weights @ surplus).sum(axis=1), total)


def _one_class(sample: Sample, weights: Weights) -> NDArray[np.bool_]:
    closed = weights @ sample.per_person(sample.closed)
    opened = weights @ sample.per_person(~sample.closed)
    return np.asarray((closed == 0) | (opened == 0))


def _share(
    sample: Sample, hit: NDArray[np.bool_], among: NDArray[np.bool_], weights: Weights
) -> Values:
    hits = weights @ sample.per_person(hit & among)
    return _ratio(hits, weights @ sample.per_person(among))


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)
