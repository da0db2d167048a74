"""How well a nuisance alone predicts the label of people whom it has not seen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, t
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

from blink.contract import CLOSED
from blink.data.audit.folds import folds_over_people

_DRAWS = 500
_BINS = 256
_SURE = 0.95


@dataclass(frozen=True, eq=False)
class NuisanceScore:
    """The held-out score of one nuisance, or of several together.

    Attributes:
        auc: Chance that a closed eye scores higher than an open one.
        low: Lower end of its 95 % interval from a bootstrap over people.
        high: Upper end.
        certain: Share of crops that the nuisance alone is sure of.
        purity: Share of these that it calls rightly; 0 where there are none.
        people: How many people these show.
        score: (N,) held out, 1 is closed; classes weigh the same.
    """

    auc: float
    low: float
    high: float
    certain: float
    purity: float
    people: int
    score: NDArray[np.float64]


def score_nuisances(
    features: pd.DataFrame, label: NDArray[np.int64], group: NDArray[np.int64]
) -> NuisanceScore:
    """Cross-validates over people; one feature by a small tree, several by boosted trees.

    Args:
        features: (N, features) numbers.
        label: (N,) 1 closed, 0 open.
        group: (N,) people, 0 to people - 1, each present; at least `FOLDS` of them, and of crops of
            each class.
    """
    score = np.full(len(label), 0.5)
    values = features.to_numpy(np.float64)
    for train, held in folds_over_people(label, group):
        if len(np.unique(label[train])) == 2:
            model = _model(values.shape[1]).fit(values[train], label[train])
            score[held] = model.predict_proba(values[held])[:, 1]
    sure = (score >= _SURE) | (score <= 1 - _SURE)
    right = (score[sure] >= 0.5) == (label[sure] == CLOSED)
    return NuisanceScore(
        *_auc(score, label, group),
        certain=float(sure.mean()),
        purity=float(right.mean()) if sure.any() else 0.0,
        people=len(np.unique(group[sure])),
        score=score,
    )


def _model(features: int) -> DecisionTreeClassifier | HistGradientBoostingClassifier:
    if features == 1:  # on MRL and CEW within 0.02 of boosted trees, a hundred times as fast
        return DecisionTreeClassifier(
            max_depth=4, min_samples_leaf=0.005, class_weight="balanced", random_state=0
        )
    return HistGradientBoostingClassifier(
        max_iter=40, class_weight="balanced", early_stopping=False, random_state=0
    )


def _auc(
    score: NDArray[np.float64], label: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[float, float, float]:
    """The AUC and its expanded percentile interval over people (Hesterberg 2015, section 3.3).

    Scores are compared in 256 ranks, so that all draws share one histogram per person.
    """
    edges = np.unique(np.quantile(score, np.linspace(0, 1, _BINS + 1)))
    place = np.searchsorted(edges, score)
    people, bins = int(group.max()) + 1, len(edges) + 1
    histogram = np.zeros((2, people, bins))
    np.add.at(histogram, (label, group, place), 1)
    generator = np.random.default_rng(0)
    values = [_wins(histogram.sum(axis=1))]
    for _ in range(_DRAWS):
        drawn = np.bincount(generator.integers(people, size=people), minlength=people)
        values.append(_wins(drawn @ histogram))
    auc, draws = values[0], np.array(values[1:])
    tail = norm.sf(t.ppf(0.975, people - 1) * np.sqrt(people / (people - 1)))
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return auc, float(low), float(high)


def _wins(counts: NDArray[np.float64]) -> float:
    """AUC from how many open and closed crops stand in each bin, (2, bins); a tie is half a win."""
    opened, closed = counts
    below = np.cumsum(opened) - opened / 2
    pairs = opened.sum() * closed.sum()
    return float(closed @ below / pairs) if pairs else float("nan")
