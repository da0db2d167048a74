from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract.attributes import VOCABULARY
from blink.data.schema import ATTRIBUTES

OPENNESS_EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Openness is a number: it is sliced by these bins, the last of which holds 1."""

SLICED: Final = ("dataset", *ATTRIBUTES)
"""What a test set is cut by, in the order in which it is shown."""

MOMENTARY: Final = frozenset({"gaze", "expression", "openness"})
"""What an eye does at a moment; all others say whose it is or how it is seen.

Openness is what labels are cut from, and so is, in part, whether somebody squints or looks down: a
gap of these says where the two classes meet, and not that somebody is served worse.
"""


@dataclass(frozen=True, eq=False)
class Slice:
    """The crops that share the value of one attribute, or of each of several.

    Attributes:
        values: Attribute → value.
        inside: (N,) which crops share them.
        known: (N,) of which crops all of these attributes are known.
    """

    values: dict[str, str]
    inside: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def title(self) -> str:
        """See `tell_values`."""
        return tell_values(self.values)

    def __and__(self, other: "Slice") -> "Slice":
        return Slice(
            {**self.values, **other.values}, self.inside & other.inside, self.known & other.known
        )


def tell_values(values: Mapping[str, str]) -> str:
    """`glasses yes`, `gender woman, skin tone VI`."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())


def tells_people(values: Mapping[str, str]) -> bool:
    """Whether a group is one of people by one attribute: they are who a criterion is about."""
    return len(values) == 1 and not values.keys() & MOMENTARY


def cut_by_attributes(table: pd.DataFrame) -> Iterator[Slice]:
    """Cuts a predictions table by each attribute in turn.

    An attribute that has the same value for all crops, or is known of none, tells nothing and is
    left out; so are, within an attribute, the crops of which it is not known.

    Args:
        table: A predictions table.

    Yields:
        Slices of one value each: attributes in the manifest's order, values in the vocabulary's.
    """
    for attribute in SLICED:
        values = _binned(table[attribute]) if attribute == "openness" else table[attribute]
        present = set(values.dropna().unique())
        known = values.notna().to_numpy(np.bool_)
        if len(present) < 2 and known.sum() in (0, len(table)):
            continue
        for value in _ordered(attribute, present):
            inside = (values == value).fillna(False).to_numpy(np.bool_)
            yield Slice({attribute: value}, inside, known)


def _ordered(attribute: str, present: set[str]) -> list[str]:
    vocabulary = VOCABULARY.get(attribute)
    return [v for v in vocabulary if v in present] if vocabulary else sorted(present)


def _binned(openness: "pd.Series[float]") -> "pd.Series[str]":
    names = [f"{low:.1f}–{high:.1f}" for low, high in pairwise(OPENNESS_EDGES)]
    bins = np.digitize(openness.to_numpy(np.float64, na_value=np.nan), OPENNESS_EDGES[1:-1])
    texts = pd.Series(np.take(names, bins), index=openness.index, dtype="string")
    return texts.where(openness.notna())
