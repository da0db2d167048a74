"""The quality gate: how much of fp32's balanced accuracy a graph loses on validation people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blink.contract import CLOSED, ConfigError, Probabilities
from blink.contract.people import MIN_PEOPLE
from blink.contract.record import Record, is_number
from blink.export.parity import Validation

_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Span(Record):
    """A number with the ends of its 95 % interval; None where there is no interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class GateResult(Record):
    """How far a graph is from fp32 at the operating point.

    Attributes:
        balanced_accuracy: Its own, on all crops together.
        difference: Its own less that of fp32, with an interval over people.
        changed_decisions: Share of the crops that it decides otherwise.
        largest_difference: Largest |Δp| of any crop.
        passed: Whether it may ship.
        why: What the gate found, as a sentence without its full stop.
        openness_moved: Mean |Δ openness| of the crops; None where fp32 has no such output.
    """

    balanced_accuracy: float
    difference: Span
    changed_decisions: float
    largest_difference: float
    passed: bool
    why: str
    openness_moved: float | None = None


@dataclass(frozen=True)
class Gate:
    """What a graph may lose.

    Attributes:
        most_lost: Of balanced accuracy, as measured.
        most_lost_at_worst: At the unfavourable end of the interval over people, if there is one.
        most_moved: Mean |Δ openness|, of graphs that have it; what such a net errs by is several
            times as much (docs/openness.md).
    """

    most_lost: float = 0.003
    most_lost_at_worst: float = 0.007
    most_moved: float = 0.02

    def __post_init__(self) -> None:
        limits: list[object] = [self.most_lost, self.most_lost_at_worst, self.most_moved]
        if not all(map(is_number, limits)):
            raise ConfigError(f"The limits of the export's gate must be numbers, not {limits}.")

    def judge(
        self,
        fp32: Probabilities,
        other: Probabilities,
        validation: Validation,
        threshold: float,
        openness_moved: float | None = None,
    ) -> GateResult:
        """Judges a graph by its answers.

        Args:
            fp32: p_closed by fp32, (N,).
            other: p_closed by the graph in question, (N,).
            validation: The crops' labels and people.
            threshold: Closed where p_closed >= threshold.
            openness_moved: Mean |Δ openness| between both; None where they have none.
        """
        right_fp32, right = (
            (answers >= threshold) == (validation.labels == CLOSED) for answers in (fp32, other)
        )
        difference = _difference(right_fp32, right, validation)
        passed, why = self._verdict(difference)
        if openness_moved is not None and not openness_moved <= self.most_moved:
            passed, why = (
                False,
                (f"openness moves by {openness_moved:.3f} on average: at most {self.most_moved:g}"),
            )
        return GateResult(
            balanced_accuracy=float(_balanced(right, validation.labels)),
            difference=difference,
            changed_decisions=float(np.mean(right_fp32 != right)),
            largest_difference=float(np.abs(fp32.astype(np.float64) - other).max()),
            openness_moved=openness_moved,
            passed=passed,
            why=why,
        )

    def _verdict(self, difference: Span) -> tuple[bool, str]:
        # 1 - 0.997 is a little more than 0.003.
        lost = round(-difference.value, 9)
        found = f"{_points(-lost)} points of balanced accuracy"
        if not lost <= self.most_lost:
            return False, f"{found}: at most {100 * self.most_lost:g} may be lost"
        if difference.low is None:
            return True, f"{found}, too few people for an interval"
        if not round(-difference.low, 9) <= self.most_lost_at_worst:
            return False, (
                f"{found}, but it may be {_points(difference.low)} with other people, and "
                f"{100 * self.most_lost_at_worst:g} is the most that may be lost"
            )
        return True, f"{found}, at worst {_points(difference.low)}"


def _points(share: float) -> str:
    return f"{100 * share + 0.0:+.2f}".replace("+0.00", "0.00").replace("-0.00", "0.00")


def _balanced(right: NDArray[np.bool_], labels: NDArray[np.int64]) -> np.float64:
    closed = labels == CLOSED
    return np.float64((right[closed].mean() + right[~closed].mean()) / 2)


def _difference(fp32: NDArray[np.bool_], other: NDArray[np.bool_], validation: Validation) -> Span:
    """The paired difference in balanced accuracy; the same people are drawn for both.

    Percentile bootstrap over people, on the right answers of each person and class. Each class's
    half of the number rests on the people who show it, so `MIN_PEOPLE` must show either one.
    """
    closed = validation.labels == CLOSED
    value = float(_balanced(other, validation.labels) - _balanced(fp32, validation.labels))
    if validation.people is None:
        return Span(value)
    people, codes = np.unique(validation.people, return_inverse=True)
    gain = other.astype(np.float64) - fp32
    columns = [closed, ~closed, gain * closed, gain * ~closed]
    counts = np.stack([np.bincount(codes, column, len(people)) for column in columns], axis=1)
    if (counts[:, :2] > 0).sum(axis=0).min() < MIN_PEOPLE:
        return Span(value)
    drawn = np.random.default_rng(0).multinomial(
        len(people), np.full(len(people), 1 / len(people)), size=_DRAWS
    )
    closed_n, open_n, closed_gain, open_gain = (drawn @ counts).T
    held = (closed_n > 0) & (open_n > 0)  # at most one draw in 10,000 lacks a class
    differences = (closed_gain[held] / closed_n[held] + open_gain[held] / open_n[held]) / 2
    low, high = np.quantile(differences, [0.025, 0.975])
    return Span(value, float(low), float(high))
