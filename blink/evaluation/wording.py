"""Numbers as a person reads them, beside those that every room tells."""

from datetime import datetime

from blink.contract.wording import GAP, percent, plural
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import Estimate

_ALMOST_ALL = 0.99


def percent_interval(estimate: Estimate) -> str:
    """The interval in percent, `93.1 to 98.2`, or the reason why there is none."""
    if estimate.low is None:
        return estimate.gap or GAP
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def figure(value: float | None) -> str:
    """Three digits of a number: 0.01234 → `0.0123`, 12345.6 → `12,346`, 0.0004 → `<0.001`."""
    if value is None:
        return GAP
    if 0 < abs(value) < 0.001:
        return "<0.001" if value > 0 else ">−0.001"
    text = f"{value:.3g}" if 0 < abs(value) < 100 else f"{value + 0.0:,.0f}"  # −0 + 0 is 0
    return text.replace("-", "−")


def figure_interval(estimate: Estimate) -> str:
    """The interval, `0.12 to 0.31`, the one end that is known, or the reason why there is none."""
    if estimate.low is not None and estimate.high is not None:
        return f"{figure(estimate.low)} to {figure(estimate.high)}"
    if estimate.low is not None:
        return f"{figure(estimate.low)} or more"
    if estimate.high is not None:
        return f"{figure(estimate.high)} or less"
    return estimate.gap or GAP


def found(estimate: Estimate) -> str:
    """`1.31 (1.1 to 1.7)`, `– (too few people)`; of a figure that is exact, the figure alone."""
    is_exact = estimate.low is not None and estimate.low == estimate.high
    text = figure(estimate.value)
    return text if is_exact else f"{text} ({figure_interval(estimate)})"


def money(cost: float, currency: str) -> str:
    """12.4, `€` → `12.4 €`."""
    return f"{figure(cost)} {currency}"


def limit(value: float, *, is_upper: bool) -> str:
    """`at most 0.143`, `at least 200`."""
    return f"at {'most' if is_upper else 'least'} {figure(value)}"


def answer(met: bool | None) -> str:
    """Whether a criterion is met; None where nobody can say."""
    return {True: "✓ met", False: "✕ not met", None: "? cannot say"}[met]


def points(difference: float | None) -> str:
    """A difference of shares in percentage points: -0.0213 → `−2.1`, 0.004 → `+0.4`, 0 → `0.0`."""
    if difference is None:
        return GAP
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def p_value(p: float | None) -> str:
    """0.0213 → `0.021`; what three digits would make 0 becomes `<0.001`."""
    if p is None:
        return GAP
    return "<0.001" if p < 0.001 else f"{p:.3f}"


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


def microseconds(time: float) -> str:
    """Three digits are all that a latency holds: 84.27 → `84.3`, 1234.5 → `1,234`."""
    return f"{time:,.1f}" if time < 100 else f"{time:,.0f}"


def count(number: int | None) -> str:
    """12345 → `12,345`."""
    return GAP if number is None else f"{number:,}"


def owners(people: int, unknown: int) -> str:
    """Whose the crops are: `7 people`, `people unknown`, or both."""
    if not unknown:
        return plural(people, "person", "people")
    if not people:
        return "people unknown"
    return f"{plural(people, 'person', 'people')}, and {count(unknown)} crops of people unknown"


def drawn(scores: Scores) -> str:
    """What was drawn again for the intervals: `people`, `crops`, or both."""
    if not scores.unknown:
        return "people"
    return "people and crops" if scores.people else "crops"


def times(number: int) -> str:
    """1 → `once`, 2 → `twice`, 14 → `14 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def moment(made: str) -> str:
    """`2026-11-24T13:05:00+00:00` → `2026-11-24, 13:05 UTC`; without a zone, none is named."""
    return datetime.fromisoformat(made).strftime("%Y-%m-%d, %H:%M %Z").rstrip()


def sentence(text: str) -> str:
    """`held out: 7 people` → `Held out: 7 people.`."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
