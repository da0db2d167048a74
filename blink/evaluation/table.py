from collections.abc import Iterable
from itertools import chain
from typing import Any

from blink.evaluation.bootstrap import Estimate
from blink.evaluation.results import Report, Row, TestSet
from blink.evaluation.wording import (
    GAP,
    fraction,
    kilobytes,
    microseconds,
    owners,
    plural,
    sentence,
)

HEADER = (
    "test set",
    "intelligence",
    "bal. acc. [95 %]",
    "F1",
    "AUC",
    "recall closed",
    "recall open",
    "ECE",
    "size kB",
    "p50 µs",
    "p99 µs",
)
_TEXT_COLUMNS = 2


def table_records(report: Report) -> list[dict[str, Any]]:
    """All rows of all test sets as plain values, for loggers and notebooks.

    Returns:
        One record per row, all with the same keys: what the row is, the crops and people behind it,
        each metric as NAME, NAME_low and NAME_high, its price. None is a number that cannot be had.
    """
    return [_record(test, row) for test in report.tests for row in test.rows]


def _record(test: TestSet, row: Row) -> dict[str, Any]:
    scores, latency = row.evaluation.scores, row.latency
    metrics = {
        f"{name}{end}": number
        for name, estimate in scores.metrics.items()
        for end, number in (("", estimate.value), ("_low", estimate.low), ("_high", estimate.high))
    }
    return {
        "test_set": test.name,
        "protocol": test.statement,
        "looks": test.looks,
        "name": row.name,
        "kind": row.kind,
        "precision": row.precision,
        "is_main": row.is_main,
        "n": scores.n,
        "people": scores.people,
        "unknown": scores.unknown,
        **metrics,
        "parameters": row.parameters,
        "size_bytes": row.size_bytes,
        "p50_us": latency and latency.p50_us,
        "p99_us": latency and latency.p99_us,
    }


def closing_table(report: Report) -> str:
    """All rows of all test sets as a Markdown table that also reads well in a terminal.

    The main row of each test set stands in bold; a dash is a number that cannot be had. Beneath it
    stands who is behind the numbers of each test set.
    """
    rows = [(test.name, *_cells(row)) for test in report.tests for row in test.rows]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    rule = [
        "-" * width if number < _TEXT_COLUMNS else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    ]
    lines = [_line(cells, widths) for cells in chain([HEADER, rule], rows)]
    return "\n".join([*lines, "", *map(_behind, report.tests), *_transfer(report)])


def _transfer(report: Report) -> list[str]:
    """What a data set that nothing was trained on says of what was learnt from the others."""
    return [
        f"Transfer to {test.name}: AUC {_with_interval(auc)} without any of its eyes in training."
        for test in report.tests
        for auc in [test.main.evaluation.scores["auc"]]
        if test.is_transfer
    ]


def _behind(test: TestSet) -> str:
    scores = test.main.evaluation.scores
    crops = plural(scores.n, "crop", "crops")
    whose = owners(scores.people, scores.unknown)
    return f"{test.name}: {crops} of {whose}. {sentence(test.statement)}"


def _cells(row: Row) -> tuple[str, ...]:
    scores = row.evaluation.scores
    times = (row.latency.p50_us, row.latency.p99_us) if row.latency else ()
    return (
        f"**{row.title}**" if row.is_main else row.title,
        _with_interval(scores["balanced_accuracy"]),
        *(
            fraction(scores[name].value)
            for name in ("f1", "auc", "recall_closed", "recall_open", "ece")
        ),
        kilobytes(row.size_bytes),
        *(map(microseconds, times) if times else (GAP, GAP)),
    )


def _with_interval(estimate: Estimate) -> str:
    if estimate.low is None:
        return fraction(estimate.value)
    return f"{fraction(estimate.value)} [{fraction(estimate.low)}, {fraction(estimate.high)}]"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (
        cell.ljust(width) if number < _TEXT_COLUMNS else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"
