"""Candidates for weak regions: the nodes of shallow decision trees that are grown on mistakes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from blink.evaluation.populations.features import Feature

DEPTH: Final = 3
"""A region has at most so many conditions: more could not be acted upon."""
TREES: Final = 12
"""All but the first see half of the features at each step, and find the second-best words too."""
SMALLEST: Final = 0.03
"""Share of the weight of crops below which a region is not worth its name."""
SIMPLER: Final = 0.8
"""A region with a condition less is as good if it has this much of the quality."""

_Bounds = dict[tuple[int, bool], float]
"""(Feature, whether from above) → the number on that side of which a region lies."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A region that may be weak.

    Attributes:
        conditions: In words; all hold.
        inside: (N,) which crops lie in it, those that were not searched included.
        quality: How far its share of mistakes lies above the average, times the root of its weight.
            Source: the binomial test as a quality function, Klösgen 1996.
    """

    conditions: tuple[str, ...]
    inside: NDArray[np.bool_]
    quality: float


def find_candidates(
    features: Sequence[Feature],
    wrong: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> list[Candidate]:
    """Grows trees and reads regions off them, the weakest first.

    That a sensor is not A describes nobody: such a condition is dropped and the region widened.

    Args:
        features: Of all crops.
        wrong: (N,) which crops are mistakes.
        weights: (N,) of the crops in the search; 0 for those that are kept for confirmation.
    """
    if not features:
        return []
    searched = weights > 0
    values = np.stack([feature.values[searched] for feature in features], axis=1, dtype=np.float32)
    found: dict[tuple[str, ...], Candidate] = {}
    for seed in range(TREES):
        tree = DecisionTreeClassifier(
            max_depth=DEPTH,
            max_features=None if seed == 0 else 0.5,
            min_weight_fraction_leaf=SMALLEST,
            random_state=seed,
        ).fit(values, wrong[searched], weights[searched])
        for bounds in _regions(tree):
            telling = {
                side: bound
                for side, bound in sorted(bounds.items())
                if features[side[0]].tells(side[1])
            }
            words = tuple(features[c].word(bound, above) for (c, above), bound in telling.items())
            if words and words not in found:
                found[words] = _judge(words, _members(telling, features), wrong, weights)
    weak = [one for one in found.values() if one.quality > 0]
    plain = [one for one in weak if not any(_is_as_good(other, one) for other in weak)]
    return sorted(plain, key=lambda one: (-one.quality, one.conditions))


def _is_as_good(simpler: Candidate, one: Candidate) -> bool:
    is_simpler = set(simpler.conditions) < set(one.conditions)
    return is_simpler and simpler.quality >= SIMPLER * one.quality


def _regions(tree: DecisionTreeClassifier) -> Iterator[_Bounds]:
    """Every node of a tree below its root."""
    splits = tree.tree_
    stack: list[tuple[int, _Bounds]] = [(0, {})]
    while stack:
        node, bounds = stack.pop()
        if bounds:
            yield bounds
        if splits.children_left[node] < 0:
            continue
        column, bound = int(splits.feature[node]), float(splits.threshold[node])
        # The same side of the same feature again is tighter, and takes the other's place.
        stack.append((int(splits.children_left[node]), bounds | {(column, False): bound}))
        stack.append((int(splits.children_right[node]), bounds | {(column, True): bound}))


def _members(bounds: _Bounds, features: Sequence[Feature]) -> NDArray[np.bool_]:
    inside = np.ones(len(features[0].values), np.bool_)
    for (column, is_above), bound in bounds.items():
        inside &= (features[column].values > bound) == is_above
    return inside


def _judge(
    words: tuple[str, ...],
    inside: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> Candidate:
    share = float(weights[inside].sum() / weights.sum())
    average = float(weights[wrong].sum() / weights.sum())
    mistakes = float(weights[inside & wrong].sum() / weights.sum())
    return Candidate(words, inside, (mistakes - average * share) / share**0.5 if share else 0.0)
