"""When the customer says yes."""

import math
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from blink.target.setting import Setting

Measure = Literal[
    "mistakes_per_user_and_day",
    "mistakes_per_user_and_week",
    "mistakes_per_day_of_unluckiest",
    "good_per_bad",
    "seconds_to_success",
    "cost_per_1000_uses",
    "gap_between_groups",
    "balanced_accuracy",
    "latency_ms",
    "size_kb",
]

TITLES: Final[dict[Measure, str]] = {
    "mistakes_per_user_and_day": "Visible mistakes per user and day",
    "mistakes_per_user_and_week": "Visible mistakes per user and week",
    "mistakes_per_day_of_unluckiest": "Visible mistakes per day, unluckiest 5 % of users",
    "good_per_bad": "Good interactions per bad one",
    "seconds_to_success": "Seconds to success",
    "cost_per_1000_uses": "Cost per 1,000 uses",
    "gap_between_groups": "Gap of the weakest group to the rest, points of accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "latency_ms": "Latency, p99, ms",
    "size_kb": "Size, kB",
}
"""What can be asked for; latency and size are also asked for by the environment's budget."""

_ENDS: Final[dict[Measure, float]] = {"balanced_accuracy": 1}
"""Of measures that end somewhere. All begin at 0; no interval over people is of an end alone."""


class Criterion(Setting):
    """One sentence of the customer, with the number in it.

    Attributes:
        words: The sentence: `at most one visible mistake per user and week`.
        measure: What is measured, see `TITLES`.
        at_most: The limit from above; one of the two is given.
        at_least: The limit from below.
    """

    words: str = Field(min_length=1)
    measure: Measure
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give one of `at_most` and `at_least`")
        return self

    @model_validator(mode="after")
    def _tells_some_apart(self) -> Self:
        """A limit at an end of the measure, or beyond it, says the same of everybody."""
        end = _ENDS.get(self.measure, math.inf)
        for name, limit in (("at_most", self.at_most), ("at_least", self.at_least)):
            if limit is not None and not 0 < limit < end:
                below = "" if math.isinf(end) else f" and below {end:g}"
                raise ValueError(
                    f"`{name}` should be above 0{below} for {self.measure}; found {limit:g}"
                )
        return self
