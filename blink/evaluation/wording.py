"""Numbers as a person reads them. A gap is a dash, never a number."""

from datetime import datetime

from blink.evaluation.bootstrap import Estimate

GAP = "–"
_ALMOST_ALL = 0.99


def percent(value: float | None) -> str:
    """0.9731 → `97.3`; only what is whole becomes 100.0."""
    if value is None:
        return GAP
    return f"{100 * value:.1f}" if value >= 1 else f"{min(100 * value, 99.9):.1f}"


def fraction(value: float | None) -> str:
    """0.97314 → `0.973`; only what is whole becomes 1.000."""
    if value is None:
        return GAP
    return f"{value:.3f}" if value >= 1 else f"{min(value, 0.999):.3f}"


def percent_interval(estimate: Estimate) -> str:
    """The interval in percent, `93.1 to 98.2`, or the reason why there is none."""
    if estimate.low is None:
        return estimate.gap or GAP
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def out_of(value: float) -> str:
    """0.973 → `97 of 100`; near 0 and 1, where rounding would hide the mistakes, of 1,000."""
    if value in (0, 1):
        return "every one" if value else "none"
    if 1 - _ALMOST_ALL < value < _ALMOST_ALL:
        return f"{round(100 * value)} of 100"
    return f"{min(max(round(1000 * value), 1), 999)} of 1,000"


def probability(value: float) -> str:
    """0.0312 → `0.031`; what three digits would make whole becomes `<0.001` or `>0.999`."""
    if 0 < value < 0.001:
        return "<0.001"
    return ">0.999" if 0.999 < value < 1 else f"{value:.3f}"


def kilobytes(size: int) -> str:
    """43210 → `43.2`, in thousands of bytes."""
    return f"{size / 1000:,.1f}"


def microseconds(time: float) -> str:
    """Three digits are all that a latency holds: 84.27 → `84.3`, 1234.5 → `1,234`."""
    return f"{time:,.1f}" if time < 100 else f"{time:,.0f}"


def count(number: int | None) -> str:
    """12345 → `12,345`."""
    return GAP if number is None else f"{number:,}"


def plural(number: int, singular: str, several: str) -> str:
    """1, `person`, `people` → `1 person`; 12345 → `12,345 people`."""
    return f"{count(number)} {singular if number == 1 else several}"


def owners(people: int, unknown: int) -> str:
    """Whose the crops are: `7 people`, `people unknown`, or both."""
    if not unknown:
        return plural(people, "person", "people")
    if not people:
        return "people unknown"
    return f"{plural(people, 'person', 'people')}, and {count(unknown)} crops of people unknown"


def times(number: int) -> str:
    """1 → `once`, 2 → `twice`, 14 → `14 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def moment(made: str) -> str:
    """`2026-11-24T13:05:00+00:00` → `2026-11-24, 13:05 UTC`; without a zone, none is named."""
    return datetime.fromisoformat(made).strftime("%Y-%m-%d, %H:%M %Z").rstrip()


def sentence(text: str) -> str:
    """`held out: 7 people` → `Held out: 7 people.`."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
