"""How well what was learnt carries over to data sets and sensors that were left out of training."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from blink.contract.record import Record
from blink.evaluation.comparison.judged import Judged, JudgedRow, JudgedTest
from blink.evaluation.statistics import Estimate

_PROTOCOL = re.compile(
    r"(?:cross-dataset|sensor left out):.*?(?: on sensor (.+?) alone)?[,.;](?!\d)", re.I
)
"""Of the sentence before its first stop; the comma of 1,211 people is none."""


@dataclass(frozen=True, slots=True)
class Transfer(Record):
    """A run's own intelligence on what it was not trained on.

    Attributes:
        left_out: The data set, and the sensor where that was left out.
        run: Name of the run's folder.
        title: The intelligence.
        n: Labelled crops.
        people: How many are known.
        unknown: How many of the crops are of people unknown.
        accuracy: Balanced accuracy.
        heuristic: That of the run's best heuristic; None where it has none.
    """

    left_out: str
    run: str
    title: str
    n: int
    people: int
    unknown: int
    accuracy: Estimate
    heuristic: Estimate | None


def find_transfers(judged: Sequence[Judged]) -> list[Transfer]:
    """What runs say of test sets that they left out, by what was left out.

    The numbers are those of the runs' own reports: they rest on different crops, and stand beside
    each other only within one left-out set.
    """
    found = [
        _transfer(one, test, row, what)
        for one in judged
        for test in one.tests
        if (what := left_out_of(test)) is not None
        for row in test.rows
        if row.is_main
    ]
    return sorted(found, key=lambda one: one.left_out)


def left_out_of(test: JudgedTest) -> str | None:
    """What of a test set was not trained on, in words; None where its people alone are new."""
    match = _PROTOCOL.match(test.protocol)
    if match is None:
        return None
    return f"{test.on}, sensor {match[1]}" if match[1] else test.on


def _transfer(judged: Judged, test: JudgedTest, row: JudgedRow, what: str) -> Transfer:
    heuristics = [
        one.evaluation.accuracy
        for one in test.rows
        if one.kind == "heuristic" and one.evaluation.accuracy.value is not None
    ]
    scores = row.evaluation.scores
    return Transfer(
        left_out=what,
        run=judged.folder.resolve().name,
        title=row.title,
        n=scores.n,
        people=scores.people,
        unknown=scores.unknown,
        accuracy=row.evaluation.accuracy,
        heuristic=max(heuristics, key=lambda one: one.value or 0.0, default=None),
    )
