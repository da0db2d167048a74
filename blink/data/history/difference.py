"""What two data sets differ in, crop by crop, in a few words of memory for each crop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray

from blink.data.manifest import Manifest
from blink.data.schema import COLUMNS

EXAMPLES: Final = 5
"""So many crops are named of each kind of difference."""
_MISSING = "\x00"  # no value holds a control character, so that no value is taken for a missing one
_Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Example:
    """One crop whose column differs.

    Attributes:
        id: The crop's.
        before: Its value in the first data set; None where it is missing.
        after: Its value in the second.
    """

    id: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """What has to be done to the first data set to get the second.

    Attributes:
        same: Number of crops that are the same in both.
        added: Number of crops that only the second holds.
        removed: Number of crops that only the first holds.
        changed: Number of crops that are in both, and differ in a column or more.
        columns: Column → number of crops whose value differs; those where none does are left out.
        flipped: `before → after` → number of crops, for labels; missing stands for no label.
        reordered: Whether the crops that both hold stand in another order.
        added_ids: The first few that were added.
        removed_ids: The first few that were removed.
        examples: Column → the first few crops whose value differs.
    """

    same: int
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int]
    flipped: Mapping[str, int]
    reordered: bool
    added_ids: tuple[str, ...]
    removed_ids: tuple[str, ...]
    examples: Mapping[str, tuple[Example, ...]]

    @property
    def is_none(self) -> bool:
        """Whether they are the same."""
        return not (self.added or self.removed or self.changed or self.reordered)


def compare(before: Manifest, after: Manifest) -> Difference:
    """Compares two data sets crop by crop, crops being known by their id.

    Values are compared by 64-bit hashes, one column at a time: among ten million crops, one pair of
    ids is confused once in a hundred thousand comparisons.

    Raises:
        DataError: One of them is damaged.
    """
    old, new = _hashes(before, "id"), _hashes(after, "id")
    _, here, there = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    removed, added = _others(len(old), here), _others(len(new), there)
    differs = np.zeros(len(here), bool)
    counts, examples = {}, {}
    for name in COLUMNS[1:]:
        unequal = _hashes(before, name)[here] != _hashes(after, name)[there]
        if unequal.any():
            differs |= unequal
            counts[name] = int(unequal.sum())
            examples[name] = _examples(before, after, name, here[unequal], there[unequal])
    order = there[np.argsort(here)]
    return Difference(
        same=int((~differs).sum()),
        added=len(added),
        removed=len(removed),
        changed=int(differs.sum()),
        columns=counts,
        flipped=_flipped(before, after, here, there) if "label" in counts else {},
        reordered=bool((np.diff(order) < 0).any()),
        added_ids=tuple(_values(after, "id", added[:EXAMPLES])),
        removed_ids=tuple(_values(before, "id", removed[:EXAMPLES])),
        examples=examples,
    )


def _hashes(manifest: Manifest, column: str) -> _Hashes:
    """A hash for every crop's value, in the order of the rows."""
    parts = [_hash(batch[column]) for batch in manifest.batches([column])]
    return np.concatenate(parts)


def _hash(values: arrow.Array) -> _Hashes:
    coded = values.cast(arrow.string()).fill_null(_MISSING).dictionary_encode()
    words = coded.dictionary.to_numpy(zero_copy_only=False)
    hashes: _Hashes = pd.util.hash_array(words, categorize=False)[coded.indices.to_numpy()]
    return hashes


def _others(length: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers below `length` that are not among the rows, rising."""
    left = np.ones(length, bool)
    left[rows] = False
    return np.flatnonzero(left)


def _values(manifest: Manifest, column: str, rows: NDArray[np.int64]) -> list[Any]:
    """Values of a few rows, in their order; None where one is missing."""
    wanted = {int(row): None for row in rows}
    found: dict[int, Any] = dict(wanted)
    first = 0
    for batch in manifest.batches([column]):
        for row in wanted:
            if first <= row < first + len(batch):
                found[row] = batch[column][row - first].as_py()
        first += len(batch)
    return list(found.values())


def _examples(
    before: Manifest,
    after: Manifest,
    column: str,
    here: NDArray[np.int64],
    there: NDArray[np.int64],
) -> tuple[Example, ...]:
    first = np.argsort(here)[:EXAMPLES]
    ids = _values(before, "id", here[first])
    old = _values(before, column, here[first])
    new = _values(after, column, there[first])
    return tuple(map(Example, ids, old, new))


def _flipped(
    before: Manifest, after: Manifest, here: NDArray[np.int64], there: NDArray[np.int64]
) -> dict[str, int]:
    """How often which label became which other one."""
    pairs = zip(_labels(before)[here], _labels(after)[there], strict=True)
    counts = pd.Series([_ARROWS[pair] for pair in pairs if pair[0] != pair[1]]).value_counts()
    return {str(name): int(n) for name, n in counts.sort_index().items()}


def _labels(manifest: Manifest) -> NDArray[np.int8]:
    parts: Iterator[Any] = (
        batch["label"].fill_null(_UNLABELLED).to_numpy(zero_copy_only=False)
        for batch in manifest.batches(["label"])
    )
    return np.concatenate(list(parts)).astype(np.int8)


_UNLABELLED = -1
_NAMES = {0: "open", 1: "closed", _UNLABELLED: "missing"}
_ARROWS = {(a, b): f"{_NAMES[a]} → {_NAMES[b]}" for a in _NAMES for b in _NAMES}
