"""What a region may be described by: attributes, and what a person would say of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.evaluation.pictures import PROPERTIES, pictures_of
from blink.evaluation.slices import cut_by_attributes

_UNITS: Final = {
    "width": " px",
    "height": " px",
    "brightness": " of 255",
    "contrast": " grey levels",
}
_DECIMALS: Final = {"sharpness": 2, "openness": 2}
"""Rounded to so many before the search, others to whole numbers: what is said is exact."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One number of each crop, and the words for a condition on it.

    Attributes:
        name: Of the attribute or the property.
        values: (N,) 0 or 1 of an attribute's value; a measured property as rounded.
        value: Of an attribute, what 1 means; None of a property.
        otherwise: Of an attribute that is always known and has one other value, that value: what
            0 means; else None.
    """

    name: str
    values: NDArray[np.float64]
    value: str | None = None
    otherwise: str | None = None

    def tells(self, is_above: bool) -> bool:
        """Whether a condition from this side describes anybody: `sensor not phone` does not."""
        return is_above or self.value is None or self.otherwise is not None

    def word(self, threshold: float, is_above: bool) -> str:
        """A condition as a reader takes it in: `brightness up to 61 of 255`, `glasses yes`."""
        name = self.name.replace("_", " ")
        if self.value is not None:
            return f"{name} {self.value if is_above else self.otherwise}"
        scale = 10 ** _DECIMALS.get(self.name, 0)
        bound = floor(threshold * scale) / scale
        return f"{name} {'above' if is_above else 'up to'} {bound:g}{_UNITS.get(self.name, '')}"


def describe(table: pd.DataFrame, pictures: pd.DataFrame | None) -> list[Feature]:
    """The features of crops.

    Openness counts where it is known of all crops; where an attribute is not known, none of its
    values holds.

    Args:
        table: A predictions table.
        pictures: Of the same crops at least, see `blink.evaluation.pictures`; None without.

    Raises:
        DataError: A crop has no picture in `pictures`.
    """
    return [*_attributes(table), *_properties(table, pictures)]


def _attributes(table: pd.DataFrame) -> Iterator[Feature]:
    slices = [each for each in cut_by_attributes(table) if "openness" not in each.values]
    for each in slices:
        ((name, value),) = each.values.items()
        others = [
            other.values[name] for other in slices if name in other.values and other is not each
        ]
        is_either_or = len(others) == 1 and each.known.all()
        inside = each.inside.astype(np.float64)
        yield Feature(name, inside, value, others[0] if is_either_or else None)


def _properties(table: pd.DataFrame, pictures: pd.DataFrame | None) -> Iterator[Feature]:
    numbers = pd.DataFrame(index=table.index)
    if pictures is not None:
        numbers = pictures_of(table, pictures)[list(PROPERTIES)]
    if table["openness"].notna().all():
        numbers = numbers.assign(openness=table["openness"].to_numpy(np.float64))
    for name in map(str, numbers.columns):
        column = numbers[name].to_numpy(np.float64)
        yield Feature(name, column.round(_DECIMALS.get(name, 0)))
