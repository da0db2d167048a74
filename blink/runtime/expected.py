"""What is expected of an entry of JSON: small checks that are put together to large ones."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from blink.contract.record import is_number
from blink.contract.wording import is_shown

Check = Callable[[Any, str], None]
"""Takes a value and where it stands; raises EntryError where it is not as it has to be."""

_LARGEST: Final = 1 << 53
"""Whole numbers beyond it are not the same in every language."""


class EntryError(ValueError):
    """An entry that is not as it has to be; the message says where, what and what is expected."""


def _refuse(where: str, value: Any, expected: str) -> EntryError:
    return EntryError(f"{where} is {repr(value)[:60]}, which is no {expected}")


def anything(value: Any, where: str) -> None:
    """Anything that JSON can say."""


def truth(value: Any, where: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _refuse(where, value, "truth value")


def text(pattern: str | None = None, least: int = 0, most: int = 200) -> Check:
    """Text of a length, and of a pattern."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise _refuse(where, value, f"text of {least} to {most} characters")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise _refuse(where, value, f"text like {pattern}")

    return check


def line(pattern: str | None = None, least: int = 0, most: int = 200) -> Check:
    """Text that stands in one line as it is: nothing that a terminal would obey."""
    is_text = text(pattern, least, most)

    def check(value: Any, where: str) -> None:
        is_text(value, where)
        if not all(map(is_shown, value)):
            raise _refuse(where, value, "line of text that can be shown")

    return check


def choice(*allowed: str) -> Check:
    """One of some texts."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value not in allowed:
            raise _refuse(where, value, f"choice of {', '.join(allowed)}")

    return check


def number(low: float = -float("inf"), high: float = float("inf")) -> Check:
    """A number within limits."""

    def check(value: Any, where: str) -> None:
        if not is_number(value) or not (low <= value <= high and abs(value) <= 1e300):
            raise _refuse(where, value, f"number from {low} to {high}")

    return check


def whole(low: int) -> Check:
    """A whole number from a limit up."""

    def check(value: Any, where: str) -> None:
        if type(value) is not int or not low <= value <= _LARGEST:
            raise _refuse(where, value, f"whole number from {low}")

    return check


def null_or(inner: Check) -> Check:
    """Null, or what another check takes."""

    def check(value: Any, where: str) -> None:
        if value is not None:
            inner(value, where)

    return check


def either(first: Check, second: Check) -> Check:
    """What one of two checks takes; the message is the second's."""

    def check(value: Any, where: str) -> None:
        try:
            first(value, where)
        except EntryError:
            second(value, where)

    return check


def listed(inner: Check, most: int) -> Check:
    """A list whose members another check takes."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise _refuse(where, value, f"list of at most {most}")
        for place, member in enumerate(value):
            inner(member, f"{where}[{place}]")

    return check


def mapping(key: Check, inner: Check, most: int = 1000) -> Check:
    """An object whose keys and values other checks take."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            raise _refuse(where, value, f"object of at most {most} entries")
        for name, member in value.items():
            key(name, f"a key of {where}")
            inner(member, f"{where}.{name}")

    return check


def record(fields: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object that has these entries, and of the optional ones as many as it likes."""
    known = {**fields, **(optional or {})}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or not fields.keys() <= value.keys() <= known.keys():
            raise _refuse(where, value, f"object with the entries {', '.join(fields) or '(none)'}")
        for name, member in value.items():
            known[name](member, f"{where}.{name}")

    return check
