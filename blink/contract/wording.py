"""Numbers and names as every room tells them to a person. A gap is a dash, never a number."""

from collections.abc import Sequence
from typing import Any, Final

from blink.contract.record import is_number

GAP: Final = "–"
METRIC_NAMES: Final = {
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "auc": "AUC",
    "recall_closed": "recall of closed",
    "recall_open": "recall of open",
    "ece": "calibration error",
}
"""Metrics in the order in which they are shown, as they are called within a sentence."""
_WITHIN_WORDS: Final = "\N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Signs that words and emoji are written with, though Python calls them unprintable."""


def percent(share: float | None) -> str:
    """0.9731 → `97.3`; only what is whole becomes 100.0."""
    if share is None:
        return GAP
    return f"{100 * share:.1f}" if share >= 1 else f"{min(100 * share, 99.9):.1f}"


def fraction(value: float | None) -> str:
    """0.97314 → `0.973`; only what is whole becomes 1.000."""
    if value is None:
        return GAP
    return f"{value:.3f}" if value >= 1 else f"{min(value, 0.999):.3f}"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """0.964 from 0.955 to 0.973 → `0.964 [0.955, 0.973]`; alone where no interval is."""
    if low is None or high is None:
        return fraction(value)
    return f"{fraction(value)} [{fraction(low)}, {fraction(high)}]"


def estimate_in_words(found: Any) -> str:
    """An estimate as JSON has it, by `with_interval`; empty where it has no value, or is none."""
    if not isinstance(found, dict) or not is_number(value := found.get("value")):
        return ""
    low, high = (end if is_number(end := found.get(key)) else None for key in ("low", "high"))
    return with_interval(value, low, high)


def judged_on(data: str, role: str) -> str:
    """Whom: `mrl`, or `mrl (validation people)` where the role is not `test`."""
    return data if role == "test" else f"{data} (validation people)"


def kilobytes(size: int) -> str:
    """43210 → `43.2`, in thousands of bytes."""
    return f"{size / 1000:,.1f}"


def is_shown(sign: str) -> bool:
    """Whether a sign stands in a line as it is: a terminal neither obeys it nor cannot show it."""
    return sign.isprintable() or sign in _WITHIN_WORDS


def one_line(text: str) -> str:
    """The text with what a terminal would obey, or could not show, as replacement signs."""
    return "".join(s if is_shown(s) else "\N{REPLACEMENT CHARACTER}" for s in text)


def plural(number: int, one: str, several: str | None = None) -> str:
    """A number and what is counted: 1, `person`, `people` → `1 person`; 12345 → `12,345 people`.

    Args:
        number: How many.
        one: The name of a single one.
        several: That of any other number; `one` and an s if not given.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def name_some(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence, the first of many and how many more: `Ann, Ben and 3 more`."""
    shown, more = names[:most], len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
