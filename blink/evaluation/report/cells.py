"""Estimates as they stand in the cells of a table."""

from collections.abc import Iterable

from blink.contract.wording import fraction, percent
from blink.evaluation import wording
from blink.evaluation.statistics import Estimate
from blink.pages import Axis, Cell, Mark, Track, fit_axis


def percent_cell(estimate: Estimate, *, with_reason: bool = False) -> Cell:
    """A share in percent above its interval, or above the reason why there is none."""
    has_small = estimate.low is not None or with_reason
    return Cell(
        percent(estimate.value),
        value=estimate.value,
        small=wording.percent_interval(estimate) if has_small else "",
    )


def fraction_cell(estimate: Estimate, *, with_reason: bool = False) -> Cell:
    """A share as a fraction above its interval, or above the reason why there is none."""
    ends = (fraction(estimate.low), fraction(estimate.high))
    reason = (estimate.gap or "") if with_reason else ""
    small = reason if estimate.low is None else " to ".join(ends)
    return Cell(fraction(estimate.value), value=estimate.value, small=small)


def figure_cell(estimate: Estimate) -> Cell:
    """A figure of any size above its interval."""
    return Cell(
        wording.figure(estimate.value),
        value=estimate.value,
        small=wording.figure_interval(estimate),
    )


def points_cell(estimate: Estimate) -> Cell:
    """A difference of shares, in percentage points with its sign."""
    small = estimate.gap or ""
    if estimate.low is not None:
        small = f"{wording.points(estimate.low)} to {wording.points(estimate.high)}"
    return Cell(wording.points(estimate.value), value=estimate.value, small=small)


def people_cell(people: int, unknown: int) -> Cell:
    """How many people crops show; where some crops are of nobody known, nobody can say."""
    if unknown:
        return Cell("unknown")
    return Cell(wording.count(people), value=people)


def track_cell(axis: Axis, estimate: Estimate, mark: Mark = "", whole: float | None = None) -> Cell:
    """An estimate as a dot with its whisker."""
    unit = "" if estimate.value is None else " %"
    label = f"{percent(estimate.value)}{unit}, {wording.percent_interval(estimate)}"
    track = Track(axis, estimate.value, estimate.low, estimate.high, label, mark, whole)
    return Cell(track=track)


def axis_for(estimates: Iterable[Estimate]) -> Axis:
    """The shortest axis that shows all estimates with their intervals."""
    return fit_axis(e.value if e.low is None else e.low for e in estimates)
