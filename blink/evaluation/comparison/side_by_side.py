"""The same groups of people for everybody: who is weak where, and where two differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blink.contract.record import Record
from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput
from blink.evaluation.comparison.results import Gain
from blink.evaluation.comparison.standings import accuracy_of
from blink.evaluation.slices import Slice, cut_by_attributes
from blink.evaluation.statistics import (
    DRAWS,
    Difference,
    Estimate,
    Sample,
    Values,
    adjust_p_values,
    conclude,
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
        accuracies: In the order of the models.
        gains: Over the first model, in the order of the others.
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
    inputs: ComparisonInput, shown: Sequence[ComparedModel], draws: int = DRAWS
) -> list[Group]:
    """Measures models on each value of each attribute, and against the first of them.

    All groups are looked at, so the p-values are corrected for all groups and models together.

    Args:
        inputs: The crops.
        shown: The models; the others are compared with the first.
        draws: Resamples of people.
    """
    weights = draw_people(inputs.sample.people, draws)
    parts = [_Part.of(inputs, one) for one in cut_by_attributes(inputs.crops) if one.inside.any()]
    values = [
        [accuracy_of(inputs, one, weights, part.crops.inside, part.metric) for one in shown]
        for part in parts
    ]
    found = [_gains(part, each) for part, each in zip(parts, values, strict=True)]
    corrected = iter(adjust_p_values([one.p for each in found for one in each]))
    return [
        _group(
            part,
            each,
            [
                Gain.of(gain, next(corrected), are_same=_are_same(shown[0], other, part.crops))
                for gain, other in zip(gains, shown[1:], strict=True)
            ],
        )
        for part, each, gains in zip(parts, values, found, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Part:
    """A group's crops, and by what models are compared on them."""

    crops: Slice
    inside: Sample
    metric: str

    @classmethod
    def of(cls, inputs: ComparisonInput, crops: Slice) -> "_Part":
        """Crops of one class alone have no balanced accuracy: those that look down, say."""
        inside = inputs.sample.only(crops.inside)
        if inside.closed.all():
            return cls(crops, inside, "recall_closed")
        return cls(crops, inside, "balanced_accuracy" if inside.closed.any() else "recall_open")


def _are_same(one: ComparedModel, other: ComparedModel, crops: Slice) -> bool:
    return np.array_equal(one.calls[:, crops.inside], other.calls[:, crops.inside])


def _group(part: _Part, values: Sequence[Values], gains: Sequence[Gain]) -> Group:
    ((attribute, value),) = part.crops.values.items()
    return Group(
        attribute=attribute.replace("_", " "),
        value=value,
        n=len(part.inside.closed),
        people=part.inside.known,
        unknown=part.inside.unknown,
        metric=part.metric,
        accuracies=tuple(conclude(part.inside, part.metric, one) for one in values),
        gains=tuple(gains),
    )


def _gains(part: _Part, values: Sequence[Values]) -> list[Difference]:
    inside = part.inside
    return [
        difference(one - values[0], inside.people, missing(inside), support(inside, part.metric))
        for one in values[1:]
    ]
