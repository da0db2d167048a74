"""What the numbers of a step may be.

They are checked when a step is made: later, a bad one shows only once it happens to a crop.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from blink.contract import ConfigError
from blink.contract.record import is_number

_FLOATS: Final = np.finfo(np.float32)  # what is drawn is of single precision


class Limits(NamedTuple):
    """The least and the most that a number may be, and the words around `number` that say it."""

    least: float
    most: float
    words: str


SHARE: Final = Limits(0, 1, "{} from 0 to 1")
NOT_NEGATIVE: Final = Limits(0, float(_FLOATS.max), "{} from 0 up")
ABOVE_ZERO: Final = Limits(float(_FLOATS.tiny), float(_FLOATS.max), "{} above 0")
FROM_ONE: Final = Limits(1, float(_FLOATS.max), "{} from 1 up")
FINITE: Final = Limits(float(_FLOATS.min), float(_FLOATS.max), "finite {}")


def check_numbers(step: object, **limits: Limits) -> None:
    """Refuses a step with an attribute that is no number within its limits.

    Args:
        step: Whose attributes are checked.
        limits: By the attribute's name.

    Raises:
        ConfigError: Names the attribute, and what it may be.
    """
    for name, allowed in limits.items():
        value = getattr(step, name)
        if not _is_within(value, allowed):
            said = allowed.words.format("number")
            raise ConfigError(f"{type(step).__name__}.{name} is {value!r}; it must be a {said}.")


def check_ranges(step: object, **limits: Limits) -> None:
    """As `check_numbers`, of two numbers each, the smaller first.

    They are made tuples: configs bring lists, which cannot be hashed.

    Raises:
        ConfigError: Names the attribute, and what it may be.
    """
    for name, allowed in limits.items():
        value = getattr(step, name)
        pair = tuple(value) if isinstance(value, Sequence) else ()
        if not (
            len(pair) == 2 and all(_is_within(n, allowed) for n in pair) and pair[0] <= pair[1]
        ):
            said = allowed.words.format("numbers")
            raise ConfigError(
                f"{type(step).__name__}.{name} is {value!r}; it must be two {said}, the smaller "
                "one first."
            )
        object.__setattr__(step, name, pair)  # steps are frozen


def _is_within(value: object, limits: Limits) -> bool:
    return is_number(value) and limits.least <= value <= limits.most
