"""How many pictures stand on several sides, exactly the same, without a list of all as text."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray

from blink.data.manifest import Manifest


def picture_keys(batch: arrow.RecordBatch) -> NDArray[np.uint64]:
    """Of each crop of a batch with `content_hash` a number, the same for the same picture."""
    hashes = batch["content_hash"].to_numpy(zero_copy_only=False)
    found: NDArray[np.uint64] = pd.util.hash_array(hashes, categorize=False)
    return found


def count_shared(sides: Iterable[Iterable[NDArray[np.uint64]]]) -> int:
    """How many pictures stand on two sides or more; takes some 16 bytes a crop.

    Args:
        sides: Of each side the keys of its crops, in any number of parts.
    """
    none = np.empty(0, np.uint64)
    each = [_distinct(np.concatenate([none, *side])) for side in sides]
    keys = np.sort(np.concatenate([none, *each]))
    return len(_distinct(keys[1:][keys[1:] == keys[:-1]]))


def _distinct(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number once; at ten million, `np.unique` takes ten times as long."""
    rising = np.sort(keys)
    found: NDArray[np.uint64] = rising[np.append(True, rising[1:] != rising[:-1])[: len(rising)]]
    return found


def shared_pictures(parts: Iterable[Manifest]) -> int:
    """How many pictures stand in two of these data sets or more."""
    return count_shared(map(picture_keys, part.batches(["content_hash"])) for part in parts)
