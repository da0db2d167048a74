"""The one figure that a run is known by, so that a list need not read megabytes for each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from blink.contract.record import is_number
from blink.runs.files import METRICS

METRIC: Final = "balanced_accuracy"


@dataclass(frozen=True)
class Headline:
    """Balanced accuracy of what ships on the most telling data set.

    Attributes:
        data: The data set's name.
        people: `test`, or `val` where validation people were judged.
        name: The intelligence's.
        precision: `fp32`, `int8`.
        value: The figure; None where it cannot be had.
        low: Lower end of its 95 % interval over people; None where there is none.
        high: Upper end.

    Raises:
        TypeError: One of the three is no number.
    """

    data: str
    people: str
    name: str
    precision: str
    value: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        for one in (self.value, self.low, self.high):
            if one is not None and not is_number(one):
                raise TypeError(f"{one!r} is no number")


def read_headline(folder: Path) -> Headline | None:
    """Finds it in the `metrics.json` of a run; None where there is none that can be read."""
    try:
        metrics = json.loads((folder / METRICS).read_bytes())
        return _headline(metrics)
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def main_row(test: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ships, of a test set in `metrics.json`.

    Raises:
        KeyError: It is no such test set.
        ValueError: None of its rows ships.
    """
    rows: Sequence[Mapping[str, Any]] = test["rows"]
    for row in rows:
        if row["is_main"]:
            return row
    raise ValueError(f"none of {test['name']}'s rows ships")


def _headline(metrics: dict[str, Any]) -> Headline:
    test = metrics["tests"][0]
    row = main_row(test)
    figure = row["evaluation"]["scores"]["metrics"][METRIC]
    return Headline(
        data=test["name"],
        people=test.get("role", "test"),
        name=row["name"],
        precision=row["precision"],
        value=figure["value"],
        low=figure["low"],
        high=figure["high"],
    )
