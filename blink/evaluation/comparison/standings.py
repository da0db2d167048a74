from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.comparison.contest import Contest, Contestant
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
    """What a contestant is worth on all crops of a contest.

    Attributes:
        contestant: Who.
        metrics: Name, as in `TITLES`, to estimate; of seeds, the mean over them.
    """

    contestant: Contestant
    metrics: dict[str, Estimate]

    @property
    def title(self) -> str:
        """The contestant's."""
        return self.contestant.title

    @property
    def accuracy(self) -> Estimate:
        """Balanced accuracy."""
        return self.metrics["balanced_accuracy"]


def line_up_standings(contest: Contest, draws: int = DRAWS) -> list[Standing]:
    """Measures everybody on the same draws of people."""
    weights = draw_people(contest.sample.people, draws, seed=0)
    return [Standing(one, _measure(contest, one, weights)) for one in contest.contestants]


def _measure(contest: Contest, contestant: Contestant, weights: Weights) -> dict[str, Estimate]:
    samples = [contest.sample_of(contestant, seed) for seed in range(contestant.seeds)]
    seeds = [
        measure(sample, float(threshold), weights)
        for sample, threshold in zip(samples, contestant.thresholds, strict=True)
    ]
    means = {name: np.mean([seed[name] for seed in seeds], axis=0) for name in TITLES}
    is_blind = all(sample.is_blind for sample in samples)
    return {name: conclude(contest.sample, name, one, is_blind) for name, one in means.items()}


def accuracy_of(
    contest: Contest,
    contestant: Contestant,
    weights: Weights,
    inside: NDArray[np.bool_] | None = None,
    metric: str = "balanced_accuracy",
) -> Values:
    """Balanced accuracy or another share of right calls, the mean over seeds, on rows of weights.

    Args:
        contest: The crops.
        contestant: Who.
        weights: From `draw_people`, of the contest's people.
        inside: (N,) on which of the crops; on all if not given.
        metric: One of `ACCURACIES`.
    """
    samples = [contest.sample_of(contestant, seed) for seed in range(contestant.seeds)]
    if inside is not None:
        samples = [sample.only(inside) for sample in samples]
    values = [
        ACCURACIES[metric](sample, float(threshold), weights)
        for sample, threshold in zip(samples, contestant.thresholds, strict=True)
    ]
    return np.asarray(np.mean(values, axis=0))


def best_of(standings: Sequence[Standing]) -> Standing | None:
    """The highest balanced accuracy, the first of equals; None where nobody has one."""
    ranked = [one for one in standings if one.accuracy.value is not None]
    return max(ranked, key=lambda one: one.accuracy.value or 0.0, default=None)
