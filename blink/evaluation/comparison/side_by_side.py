"""The same groups of people for everybody: who is weak where, and where two differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blink.contract.record import Record
from blink.evaluation.comparison.contest import Contest, Contestant
from blink.evaluation.comparison.results import Gain
from blink.evaluation.comparison.standings import accuracy_of
from blink.evaluation.slices import Cut, cut_by_attributes
from blink.evaluation.statistics import (
    DRAWS,
    Difference,
    Estimate,
    Sample,
    Values,
    conclude,
    correct,
    difference,
    draw_people,
)
from blink.evaluation.statistics.metrics import missing, support


@dataclass(frozen=True, slots=True)
class Group(Record):
    """The crops that share an attribute's value.

    Attributes:
        attribute: In words.
        value: Of it.
        n: Labelled crops.
        people: How many people they show, as far as they are known.
        unknown: How many of the crops are of people unknown.
        metric: By which it is compared: `balanced_accuracy`, or the recall of its only class.
        accuracies: In the order of the contestants.
        gains: Over the first contestant, in the order of the others.
    """

    attribute: str
    value: str
    n: int
    people: int
    unknown: int
    metric: str
    accuracies: tuple[Estimate, ...]
    gains: tuple[Gain, ...]


def compare_groups(
    contest: Contest, shown: Sequence[Contestant], draws: int = DRAWS
) -> list[Group]:
    """Measures contestants on each value of each attribute, and against the first of them.

    All groups are looked at, so the p-values are corrected for all groups and contestants together.

    Args:
        contest: The crops.
        shown: The contestants; the others are compared with the first.
        draws: Resamples of people.
    """
    weights = draw_people(contest.sample.people, draws, seed=0)
    cuts = [cut for cut in cut_by_attributes(contest.crops) if cut.inside.any()]
    values = [
        [accuracy_of(contest, one, weights, cut.inside, metric) for one in shown]
        for cut in cuts
        for metric in [_metric(contest.sample.only(cut.inside))]
    ]
    found = [_gains(contest, cut, each) for cut, each in zip(cuts, values, strict=True)]
    corrected = iter(correct([one.p for each in found for one in each]))
    return [
        _group(
            contest,
            cut,
            each,
            [
                Gain.of(gain, next(corrected), are_same=_are_same(shown[0], other, cut))
                for gain, other in zip(gains, shown[1:], strict=True)
            ],
        )
        for cut, each, gains in zip(cuts, values, found, strict=True)
    ]


def _metric(inside: Sample) -> str:
    """Crops of one class alone have no balanced accuracy: those who look down, say."""
    if inside.closed.all():
        return "recall_closed"
    return "balanced_accuracy" if inside.closed.any() else "recall_open"


def _are_same(one: Contestant, other: Contestant, cut: Cut) -> bool:
    return np.array_equal(one.calls[:, cut.inside], other.calls[:, cut.inside])


def _group(contest: Contest, cut: Cut, values: Sequence[Values], gains: Sequence[Gain]) -> Group:
    inside = contest.sample.only(cut.inside)
    metric = _metric(inside)
    ((attribute, value),) = cut.values.items()
    return Group(
        attribute=attribute.replace("_", " "),
        value=value,
        n=len(inside.closed),
        people=inside.known,
        unknown=inside.unknown,
        metric=metric,
        accuracies=tuple(conclude(inside, metric, one) for one in values),
        gains=tuple(gains),
    )


def _gains(contest: Contest, cut: Cut, values: Sequence[Values]) -> list[Difference]:
    inside = contest.sample.only(cut.inside)
    return [
        difference(
            one - values[0], inside.people, missing(inside), support(inside, _metric(inside))
        )
        for one in values[1:]
    ]
