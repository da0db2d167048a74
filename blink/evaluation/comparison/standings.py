from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput
from blink.evaluation.statistics import (
    DRAWS,
    TITLES,
    Estimate,
    Values,
    Weights,
    conclude,
    draw_people,
    measure,
)
from blink.evaluation.statistics.metrics import ACCURACIES


@dataclass(frozen=True, eq=False)
class Standing:
    """What a model is worth on all crops of a test set.

    Attributes:
        model: Who.
        metrics: Name, as in `TITLES`, to estimate; of seeds, the mean over them.
    """

    model: ComparedModel
    metrics: dict[str, Estimate]

    @property
    def title(self) -> str:
        """The model's."""
        return self.model.title

    @property
    def accuracy(self) -> Estimate:
        """Balanced accuracy."""
        return self.metrics["balanced_accuracy"]


def line_up_standings(inputs: ComparisonInput, draws: int = DRAWS) -> list[Standing]:
    """Measures everybody on the same draws of people."""
    weights = draw_people(inputs.sample.people, draws)
    return [Standing(one, _measure(inputs, one, weights)) for one in inputs.models]


def _measure(
    inputs: ComparisonInput, model: ComparedModel, weights: Weights
) -> dict[str, Estimate]:
    samples = [inputs.sample_of(model, seed) for seed in range(model.seeds)]
    seeds = [
        measure(sample, float(threshold), weights)
        for sample, threshold in zip(samples, model.thresholds, strict=True)
    ]
    means = {name: np.mean([seed[name] for seed in seeds], axis=0) for name in TITLES}
    is_blind = all(sample.is_blind for sample in samples)
    return {name: conclude(inputs.sample, name, one, is_blind) for name, one in means.items()}


def accuracy_of(
    inputs: ComparisonInput,
    model: ComparedModel,
    weights: Weights,
    inside: NDArray[np.bool_] | None = None,
    metric: str = "balanced_accuracy",
) -> Values:
    """Balanced accuracy or another share of right calls, the mean over seeds, on rows of weights.

    Args:
        inputs: The crops.
        model: Who.
        weights: From `draw_people`, of the test set's people.
        inside: (N,) on which of the crops; on all if not given.
        metric: One of `ACCURACIES`.
    """
    samples = [inputs.sample_of(model, seed) for seed in range(model.seeds)]
    if inside is not None:
        samples = [sample.only(inside) for sample in samples]
    values = [
        ACCURACIES[metric](sample, float(threshold), weights)
        for sample, threshold in zip(samples, model.thresholds, strict=True)
    ]
    return np.asarray(np.mean(values, axis=0))


def best_of(standings: Sequence[Standing]) -> Standing | None:
    """The highest balanced accuracy, the first of equals; None where nobody has one."""
    ranked = [one for one in standings if one.accuracy.value is not None]
    return max(ranked, key=lambda one: one.accuracy.value or 0.0, default=None)
