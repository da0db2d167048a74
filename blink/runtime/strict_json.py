"""JSON that is not trusted: parsed only where every reader would understand the same."""

import json
import math
from typing import Any, Final

MOST_BRACKETS: Final = 100_000
MOST_COMMAS: Final = 1_000_000
DEEPEST: Final = 32
LONGEST_NUMBER: Final = 20
"""Digits of a whole number: 64 bits have no more."""


def read_json(data: bytes) -> Any:
    """Parses JSON.

    Args:
        data: UTF-8; how long it may be is the caller's business.

    Returns:
        Its content.

    Raises:
        ValueError: It is none, says a key twice, has a number that is none or without end, or text
            that is none; or it is nested deeper, or has more entries, than is read.
    """
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS or data.count(b",") > MOST_COMMAS:
        raise ValueError(f"more than {MOST_BRACKETS:,} lists or {MOST_COMMAS:,} entries")
    try:
        content = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST} levels") from None
    _check_depth(content)
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    for key in found:
        key.encode()
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is beyond every number")
    return number


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"{digits[:20]}… is beyond every number")
    return int(digits)


def _check_depth(content: Any) -> None:
    level = [content]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _within(value)]
        if not level:
            return
    raise ValueError(f"nested deeper than {DEEPEST} levels")


def _within(value: Any) -> list[Any]:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
