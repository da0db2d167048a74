"""People dealt out into folds, so that each is judged by what was learnt from the others."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

FOLDS = 5


Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows that may be learnt from, and those of the people who are judged."""


def folds_over_people(label: NDArray[np.generic], person: NDArray[np.generic]) -> Iterator[Fold]:
    """Up to `FOLDS` folds of whole people, with both classes spread over them.

    Where few people are very uneven, scikit-learn leaves a fold without anybody; such a fold is
    skipped.

    Args:
        label: (N,) classes, of each at least `FOLDS` crops.
        person: (N,) whose crops these are; at least `FOLDS` people.

    Yields:
        The folds; each row is judged once.
    """
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for known, unseen in folds.split(label, label, person):
        if len(unseen):
            yield known, unseen
