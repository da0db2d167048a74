"""Mistakes that are near to each other in attributes, picture and shape."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from blink.contract.attributes import VOCABULARY
from blink.evaluation.pictures import EMBEDDING

FEWEST = 5
"""Mistakes of a kind; what is less is put to the nearest."""
MOST_KINDS = 6
_LEAST_SILHOUETTE = 0.05
_NEARLY_BEST = 0.8
_ROUNDING = 1e-6
"""A column that varies by less holds one value."""
_FITTED = 4000
_JUDGED = 1500

Features = NDArray[np.float64]


def describe(table: pd.DataFrame, pictures: pd.DataFrame) -> Features:
    """What crops are compared by, three blocks of the same weight: (N, features).

    The blocks are the categorical attributes that are known (one column per value), the properties
    of the picture in standard deviations (sizes and sharpness as logarithms), and the embedding.

    Args:
        table: Rows of a predictions table: all crops of a class, so that its spread is the measure.
        pictures: Their pictures.
    """
    properties = np.column_stack(
        [
            np.log(
                pictures["width"].to_numpy(np.float64) * pictures["height"].to_numpy(np.float64)
            ),
            pictures["brightness"].to_numpy(np.float64),
            pictures["contrast"].to_numpy(np.float64),
            np.log(pictures["sharpness"].to_numpy(np.float64) + 0.01),
        ]
    )
    spread = properties.std(axis=0)
    attributes = pd.get_dummies(table[list(VOCABULARY)].astype(object), dtype=np.float64)
    blocks = (
        attributes.to_numpy(np.float64),
        properties / np.where(spread > _ROUNDING, spread, 1),
        pictures[list(EMBEDDING)].to_numpy(np.float64),
    )
    return np.hstack([_weighed(block) for block in blocks])


def _weighed(block: Features) -> Features:
    """A block about its mean, with a mean squared length of 1."""
    centred: Features = block - block.mean(axis=0)
    length = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return centred / length if length > _ROUNDING else centred


def group(features: Features) -> NDArray[np.int64]:
    """Puts each mistake into one group: (N,) numbers from 0.

    K-means, fitted to a sample of 4,000, with 2 to 6 groups of five mistakes at least. Of these
    numbers it is the largest whose silhouette (Rousseeuw 1987) reaches four fifths of the best:
    the best one is nearly always the coarsest, and a finer kind is easier to act on. There is one
    group where mistakes do not fall into parts (silhouette below 0.05), or are fewer than ten.

    Args:
        features: From `describe`, of the mistakes.
    """
    count = len(features)
    sample = np.sort(np.random.default_rng(0).permutation(count)[:_FITTED])
    judged = sample[:: -(-len(sample) // _JUDGED)]
    tried = [(_LEAST_SILHOUETTE, np.zeros(count, np.int64))]
    with threadpool_limits(1):  # sums in another order would give other groups
        for kinds in range(2, min(MOST_KINDS, count // FEWEST) + 1):
            fitted = KMeans(kinds, n_init=4, random_state=0).fit(features[sample])
            groups = _without_small(fitted, features)
            if len(np.unique(groups[judged])) > 1:
                score = float(silhouette_score(features[judged], groups[judged]))
                tried.append((score, groups))
    least = max(_LEAST_SILHOUETTE, _NEARLY_BEST * max(score for score, _ in tried))
    *_, chosen = (groups for score, groups in tried if score >= least)
    return np.unique(chosen, return_inverse=True)[1].astype(np.int64)


def _without_small(fitted: KMeans, features: Features) -> NDArray[np.int64]:
    """Each row's nearest centre, of those that have enough."""
    distance = fitted.transform(features)
    counts = np.bincount(distance.argmin(axis=1), minlength=distance.shape[1])
    distance[:, counts < FEWEST] = np.inf
    return np.asarray(distance.argmin(axis=1), np.int64)
