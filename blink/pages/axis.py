"""Where numbers stand within the tracks of a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `start` to 1.

    Attributes:
        start: A whole number of tenths below 1.
    """

    start: float

    def at(self, value: float) -> float:
        """Where a value stands, in percent of the axis; beyond an end, at the end."""
        return round(min(max(100 * (value - self.start) / (1 - self.start), 0), 100), 2)

    @property
    def ticks(self) -> Sequence[float]:
        """Round values along the axis, both ends among them."""
        tenths = round(10 * (1 - self.start))
        if tenths == 1:
            return [self.start, self.start + 0.05, 1]
        steps = next(step for step in (1, 2, 5, 10) if tenths / step < _MOST_TICKS)
        return [1 - number / 10 for number in range(tenths, -1, -1) if number % steps == 0]


def fit_axis(lows: Iterable[float | None]) -> Axis:
    """The shortest axis that shows all values; None is one that is missing."""
    lowest = min((low for low in lows if low is not None), default=0.0)
    return Axis(min(math.floor(10 * lowest) / 10, 0.9))
