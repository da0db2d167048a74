"""People whose names differ by nothing but spelling: they may be one person."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from blink.contract.wording import name_some

_SIGNS = re.compile(r"[\s_-]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_-]+(?=\d)")
_MOST = 6
"""Groups that a sentence names."""

Person = tuple[str, str]
"""Data set and name."""


def named_alike(people: Iterable[Person]) -> list[list[Person]]:
    """Groups of people of one data set who are named alike, in the order of their names.

    Names are alike if they are the same but for upper and lower case, blanks, `_` and `-`. What
    stands between two digits counts, so that numbers never run into each other: `s1_11` is not
    like `s11_1`, nor is `p1` like `p01`.
    """
    first: dict[Person, Person] = {}
    groups: dict[Person, list[Person]] = {}
    for one in sorted(set(people)):
        shared = one[0], _shared(one[1])
        known = first.setdefault(shared, one)
        if known != one:
            groups.setdefault(shared, [known]).append(one)
    return list(groups.values())


def tell_alike(groups: Sequence[Sequence[Person]]) -> str:
    """The first groups in a sentence, in quotes, so that blanks at the end are seen."""
    told = [name_some([repr(f"{dataset}/{name}") for dataset, name in group]) for group in groups]
    more = len(told) - _MOST
    return "; ".join(told[:_MOST]) + (f"; and {more:,} more" if more > 0 else "")


def _shared(name: str) -> str:
    """What names that are alike share."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return _SIGNS.sub("", _BETWEEN_DIGITS.sub("\0", plain))
