"""How likely each training crop is drawn, as running sums in a mapped file."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import ConfigError, atomic_file
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.mapped import MemmapArray, read_mapped, write_npy
from blink.data.cached.row_index import RowIndex

Floats = NDArray[np.float64]
_FORMAT = 2
"""Counts up when the probabilities are computed in another way; see `_format` for 1."""
_PART = 65_536
_TEMPERING: Final = 0.5
"""Within a class a person with n crops weighs n to the power of this: 1 counts crops, 0 people."""
_UNDRAWABLE = "Nothing can be drawn: shares must not be negative, and one must be above 0."


def open_cumulative(index: RowIndex, shares: Mapping[str, float]) -> MemmapArray:
    """Running sums of the training crops' probabilities, made once and kept beside the index.

    Every data set gets its share, half of it closed unless it has one class alone; within a class a
    person with n crops that can be drawn, of a `label_weight` above 0, weighs √n. Memory is that of
    the people, not of the crops.

    Args:
        index: Who trains.
        shares: Data set → weight; equal for all where left out.

    Returns:
        float64, one for each row of `index.rows("train")`, rising; the last is 1.

    Raises:
        ConfigError: A share names no data set or is negative, or nothing can be drawn.
        StorageError: The disk is full; nothing is left behind.
    """
    rule = json.dumps([_format(index), dict(shares), _TEMPERING], sort_keys=True)
    name = f"{index.folder.name}-{hashlib.sha256(rule.encode()).hexdigest()[:12]}.npy"
    shape = index.rows("train").shape

    def make(path: Path) -> None:
        with atomic_file(path, stale_after=0) as temporary:
            _write(temporary, index, shares)

    def read(path: Path) -> MemmapArray | None:
        return None if read_mapped(path, np.float64, shape) is None else MemmapArray(path)

    return get_or_create(index.folder.with_name(name), read, make)


def _format(index: RowIndex) -> int:
    """1, so that older files stay valid, where that way gave the same.

    That is where every data set has both classes, and no weight is 0.
    """
    groups = index.groups()
    whole = np.unique(groups["dataset"]).size * 2 == np.unique(_classes(groups)).size
    return 1 if whole and bool(index.weight().all()) else _FORMAT


def _classes(groups: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Data set and label of every group in one number: 2d is open, 2d + 1 closed."""
    return np.asarray(groups["dataset"].astype(np.int64) * 2 + groups["label"])


def _write(path: Path, index: RowIndex, shares: Mapping[str, float]) -> None:
    single = path.with_name(f"{path.name}-single")  # swept with the other, should we be killed
    try:
        write_npy(single, np.float64, _probabilities(index, shares))
        probability: Floats = MemmapArray(single).array
        total = float(probability.sum())
        if not total > 0:
            raise ConfigError(_UNDRAWABLE)
        last = 1.0
        for part in _running(probability, total):
            last = float(part[-1])
        write_npy(path, np.float64, (part / last for part in _running(probability, total)))
    finally:
        single.unlink(missing_ok=True)


def _probabilities(index: RowIndex, shares: Mapping[str, float]) -> Iterator[Floats]:
    """What each training crop weighs, in order; the sum over all is not yet 1."""
    groups = index.groups()
    present = sorted({index.datasets[code] for code in np.unique(groups["dataset"])})
    if unknown := sorted(set(shares) - set(present)):
        raise ConfigError(f"shares name {unknown}, but the data sets are {present}.")
    share = np.array([float(shares.get(name, 1.0)) for name in index.datasets])[groups["dataset"]]
    classes = _classes(groups)
    share[~np.isin(classes ^ 1, classes)] *= 2  # of the one class that its data set has
    tempered = _drawable(index).astype(np.float64) ** (_TEMPERING - 1)
    total = np.bincount(classes, groups["weight"] * tempered)[classes]
    if empty := [
        f"the {'closed' if code % 2 else 'open'} eyes of {index.datasets[code // 2]}"
        for code in np.unique(classes[total <= 0])
    ]:
        raise ConfigError(
            f"Nothing can be drawn of {', '.join(empty)}: no training crop among them has a "
            "label_weight above 0. Give one of them such a weight, or leave the data set out."
        )
    group, weight = index.group(), index.weight()
    for start in range(0, len(group), _PART):
        part = slice(start, start + _PART)
        codes = group[part]
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = weight[part] * tempered[codes] / total[codes] * share[codes]
        if not (np.isfinite(odds).all() and odds.min() >= 0):
            raise ConfigError(_UNDRAWABLE)
        yield odds


def _drawable(index: RowIndex) -> NDArray[np.int64]:
    """Number of every group's crops whose weight is above 0; 1 where there is none."""
    group, weight = index.group(), index.weight()
    crops: NDArray[np.int64] = np.array(index.groups()["crops"])
    for start in range(0, len(group), _PART):
        part = slice(start, start + _PART)
        np.subtract.at(crops, group[part][weight[part] == 0], 1)
    return np.asarray(np.maximum(crops, 1))


def _running(probability: Floats, total: float) -> Iterator[Floats]:
    """`np.cumsum(probability / total)` part by part, to the last bit."""
    before = 0.0
    for start in range(0, len(probability), _PART):
        part = probability[start : start + _PART] / total
        part[0] += before
        part = np.cumsum(part)
        before = part[-1]
        yield part
