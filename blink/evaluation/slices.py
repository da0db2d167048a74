from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from blink.contract.attributes import VOCABULARY
from blink.data.schema import ATTRIBUTES

OPENNESS_EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Openness is a number: it is sliced by these bins, the last of which holds 1."""

_SLICED = ("dataset", *ATTRIBUTES)


def split_by_attributes(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Cuts a predictions table by each attribute in turn.

    An attribute that has the same value for all crops, or is known of none, tells nothing and is
    left out; so are, within an attribute, the crops of which it is not known.

    Args:
        table: A predictions table.

    Yields:
        Attribute, value, and the rows that have it; values in the vocabulary's order.
    """
    for attribute in _SLICED:
        values = _binned(table[attribute]) if attribute == "openness" else table[attribute]
        present = set(values.dropna())
        if len(present) < 2 and values.notna().sum() in (0, len(table)):
            continue
        for value in _ordered(attribute, present):
            yield attribute, value, table[(values == value).fillna(False).to_numpy(np.bool_)]


def _ordered(attribute: str, present: set[str]) -> list[str]:
    vocabulary = VOCABULARY.get(attribute)
    return [v for v in vocabulary if v in present] if vocabulary else sorted(present)


def _binned(openness: "pd.Series[float]") -> "pd.Series[str]":
    names = [f"{low:.1f}–{high:.1f}" for low, high in pairwise(OPENNESS_EDGES)]
    bins = np.digitize(openness.to_numpy(np.float64, na_value=np.nan), OPENNESS_EDGES[1:-1])
    texts = pd.Series(np.take(names, bins), index=openness.index, dtype="string")
    return texts.where(openness.notna())
