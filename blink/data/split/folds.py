from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from blink.contract import ConfigError
from blink.contract.attributes import VOCABULARY

_ATTEMPTS = 24
"""Shuffles that are tried where attributes are balanced; the most even one is kept."""

_MOST_SEED = 2**32 - 1 - _ATTEMPTS

_MOST = 1_000_000
"""Where there are more crops, several count as one, so that there are about as many."""


def check_deal(seed: int, balance: Sequence[str]) -> None:
    """Refuses what `deal_people` cannot deal by.

    Raises:
        ConfigError: The seed is no whole number that every shuffle can count on from, or there is
            no such attribute.
    """
    if type(seed) is not int or not 0 <= seed <= _MOST_SEED:
        raise ConfigError(f"The seed is {seed!r}; name a whole number from 0 to {_MOST_SEED}.")
    if unknown := sorted(set(balance) - set(VOCABULARY)):
        raise ConfigError(
            f"Cannot balance {', '.join(unknown)}; the attributes are {', '.join(VOCABULARY)}."
        )


def deal_people(
    crops: pd.DataFrame, folds: int, seed: int, balance: tuple[str, ...] = ()
) -> dict[str, int]:
    """Deals people into folds of equal size, with like shares of the classes in each.

    Shares are balanced as well as whole people allow. Where attributes are named too, each
    combination of label and their values is a stratum (not known is a value); strata with fewer
    crops or people than there are folds are merged into one for each label. Of several shuffles the
    one whose folds are most alike in all strata is kept.

    Args:
        crops: Of one data set, as `count_crops` counts them: `subject`, `label`, the attributes and
            `crops`, all labelled, of people who are known.
        folds: How many.
        seed: Decides the shuffles.
        balance: Attributes whose shares are to be alike beside the label's.

    Returns:
        Person → fold.

    Source: sklearn's StratifiedGroupKFold.
    """
    names, people = np.unique(crops["subject"].to_numpy(str), return_inverse=True)
    scale = max(1.0, crops["crops"].sum() / _MOST)
    counts = np.ceil(crops["crops"].to_numpy(np.float64) / scale).astype(np.int64)
    strata = np.repeat(_strata(crops, folds, balance), counts)
    people = np.repeat(people, counts)
    attempts = [
        _deal(strata, people, folds, seed + attempt)
        for attempt in range(_ATTEMPTS if balance else 1)
    ]
    best = min(attempts, key=lambda fold_of: _unevenness(strata, fold_of[people], folds))
    return {str(name): int(fold) for name, fold in zip(names, best, strict=True)}


def _deal(
    strata: NDArray[np.int64], people: NDArray[np.int64], folds: int, seed: int
) -> NDArray[np.int64]:
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold_of = np.zeros(people.max() + 1, np.int64)
    for fold, (_, rows) in enumerate(splitter.split(strata, strata, people)):
        fold_of[np.unique(people[rows])] = fold
    return fold_of


def _strata(crops: pd.DataFrame, folds: int, balance: tuple[str, ...]) -> NDArray[np.int64]:
    """A number for the stratum of each row: its label alone where nothing else is balanced."""
    labels = crops["label"].to_numpy(np.int64)
    if not balance:
        return labels
    combined = crops.groupby(["label", *balance], dropna=False).ngroup()
    weight = crops["crops"].groupby(combined).transform("sum")
    people = crops["subject"].groupby(combined).transform("nunique")
    rare = ((weight < folds) | (people < folds)).to_numpy(np.bool_)
    strata = np.where(rare, labels, 2 + combined.to_numpy(np.int64))
    # What is left over of a label may itself be too small: it joins the label's largest stratum.
    for label in (0, 1):
        members = np.bincount(strata, crops["crops"], strata.max() + 1)
        if 0 < members[label] < folds and (labels[strata >= 2] == label).any():
            own = np.unique(strata[(labels == label) & (strata >= 2)])
            strata[strata == label] = own[np.argmax(members[own])]
    return strata


def _unevenness(strata: NDArray[np.int64], fold: NDArray[np.int64], folds: int) -> float:
    """Mean over the strata of the standard deviation of their shares in the folds, in folds."""
    _, number = np.unique(strata, return_inverse=True)
    counts = np.bincount(number * folds + fold, minlength=(number.max() + 1) * folds)
    shares = counts.reshape(-1, folds) / counts.reshape(-1, folds).sum(axis=1, keepdims=True)
    return float(shares.std(axis=1).mean())
