"""What the crops of a kind share, and right answers do not: in words, with shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from blink.contract.attributes import VOCABULARY
from blink.contract.wording import percent

Flags = NDArray[np.bool_]

_RARE: Final = 0.2
_FREQUENT: Final = 0.8
"""Quantiles, among right answers of the class, from which a picture is called dark, or bright."""

_FEWEST: Final = 3
_LEAST_SHARE: Final = 0.25
_LEAST_LIFT: Final = 1.5
_LEAST_GAIN: Final = 0.1
_MOST_P: Final = 0.01

_ADJECTIVES: Final = {
    "brightness": ("dark", "bright", ".0f"),
    "contrast": ("pale", "harsh", ".0f"),
    "sharpness": ("blurred", "grainy", ".2f"),
    "smaller side": ("small", "large", ".0f"),
}


@dataclass(frozen=True, eq=False)
class Condition:
    """Something that holds for some crops of a class and not for others.

    Attributes:
        name: `dark`, `glasses yes`.
        words: `dark (brightness up to 61)`, `glasses yes`.
        holds: (N,) for which crops.
        is_adjective: Whether the name stands before the noun.
        is_person: Whether it says who it is.
    """

    name: str
    words: str
    holds: Flags
    is_adjective: bool = False
    is_person: bool = False


@dataclass(frozen=True, eq=False)
class Trait:
    """A condition that is more frequent in a kind than among right answers.

    Attributes:
        condition: What holds.
        here: Share of the kind for which it does.
        elsewhere: Share of the right answers of the class; None where there are none.
    """

    condition: Condition
    here: float
    elsewhere: float | None

    def __str__(self) -> str:
        found = f"{self.condition.words}: {percent(self.here)} % here"
        if self.elsewhere is None:
            return found
        return f"{found}, {percent(self.elsewhere)} % among right answers"


def find_conditions(table: pd.DataFrame, pictures: pd.DataFrame, right: Flags) -> list[Condition]:
    """All that may be said of the crops of a class.

    Args:
        table: Rows of a predictions table.
        pictures: Their pictures.
        right: (N,) which of them were called rightly; they say what is usual.
    """
    usual = right if right.any() else np.ones_like(right)
    return [*_properties(pictures, usual), *_values(table), *_openness(table, usual)]


def _properties(pictures: pd.DataFrame, usual: Flags) -> Iterator[Condition]:
    measures = pictures.assign(**{"smaller side": pictures[["width", "height"]].min(axis=1)})
    for name, (less, more, style) in _ADJECTIVES.items():
        values = measures[name].to_numpy(np.float64)
        low, high = np.quantile(values[usual], [_RARE, _FREQUENT])
        yield Condition(less, f"{less} ({name} up to {low:{style}})", values <= low, True)
        yield Condition(more, f"{more} ({name} from {high:{style}})", values >= high, True)


def _values(table: pd.DataFrame) -> Iterator[Condition]:
    for name in (*VOCABULARY, "subject"):
        title = "person" if name == "subject" else name.replace("_", " ")
        codes, values = pd.factorize(table[name], sort=True)
        for number, value in enumerate(values):
            words = f"{title} {value}"
            yield Condition(words, words, codes == number, is_person=name == "subject")


def _openness(table: pd.DataFrame, usual: Flags) -> Iterator[Condition]:
    values = table["openness"].to_numpy(np.float64, na_value=np.nan)
    known = values[usual & np.isfinite(values)]
    if len(known):
        low, high = np.quantile(known, [_RARE, _FREQUENT])
        below, above = f"openness up to {low:.2f}", f"openness from {high:.2f}"
        yield Condition(below, below, values <= low)
        yield Condition(above, above, values >= high)


def find_traits(conditions: Sequence[Condition], here: Flags, right: Flags) -> list[Trait]:
    """The conditions that are over-represented, the strongest first.

    A trait holds for at least three crops and a quarter of the kind, 1.5 times as often as among
    right answers, for a tenth more of the crops, and more often than chance would have it (one-
    sided binomial p of 0.01 at most, which keeps small kinds silent; it takes no account of
    neighbouring frames of one person, nor of how many conditions are tried). The strongest is the
    one that tells most of where a mistake comes from: share × log of the ratio, its part of the
    Kullback-Leibler divergence.

    Args:
        conditions: Of the crops of a class.
        here: (N,) which of them are the kind.
        right: (N,) which of them were called rightly.
    """
    found = []
    for condition in conditions:
        count, n = int(condition.holds[here].sum()), int(here.sum())
        elsewhere = float(condition.holds[right].mean()) if right.any() else None
        if count >= max(_FEWEST, _LEAST_SHARE * n) and _is_more(count, n, elsewhere):
            strength = _strength(count / n, elsewhere, int(right.sum()))
            found.append((-strength, condition.name, Trait(condition, count / n, elsewhere)))
    return [trait for _, _, trait in sorted(found, key=lambda one: one[:2])]


def _is_more(count: int, n: int, elsewhere: float | None) -> bool:
    if elsewhere is None:
        return True
    share = count / n
    is_larger = share >= _LEAST_LIFT * elsewhere and share - elsewhere >= _LEAST_GAIN
    return is_larger and float(binom.sf(count - 1, n, elsewhere)) <= _MOST_P


def _strength(share: float, elsewhere: float | None, right: int) -> float:
    if elsewhere is None:
        return share
    return share * float(np.log(share / max(elsewhere, 1 / (right + 1))))


def share_of_all(traits: Sequence[Trait], right: Flags) -> float | None:
    """Share of the right answers for which all of these hold together; None without traits."""
    if not traits or not right.any():
        return None
    together = np.logical_and.reduce([trait.condition.holds for trait in traits])
    return float(together[right].mean())
