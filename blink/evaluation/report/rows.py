"""All rows of a test set side by side."""

from blink.contract.wording import GAP, kilobytes, plural
from blink.evaluation import wording
from blink.evaluation.report.cells import axis_for, fraction_cell, percent_cell, track_cell
from blink.evaluation.results import Row, TestSet
from blink.pages import Axis, Cell, Column, Line, Table


def rows_table(test: TestSet) -> Table:
    """Quality, size and latency, one line for each row."""
    accuracies = [row.evaluation.scores["balanced_accuracy"] for row in test.rows]
    axis = axis_for(accuracies)
    drawn = wording.drawn(test.main.evaluation.scores)
    return Table(
        caption=f"All rows on {test.name}: quality with 95 % intervals over {drawn}, size, latency",
        columns=[
            Column("Model"),
            Column("Balanced accuracy as a plot, %", axis=axis),
            *(
                Column(title, is_number=True)
                for title in (
                    "Bal. acc. %",
                    "Recall closed %",
                    "Recall open %",
                    "F1",
                    "AUC",
                    "Calib. error",
                    "Size kB",
                    "p50 µs",
                    "p99 µs",
                )
            ),
        ],
        lines=[Line(_cells(row, axis), is_main=row.is_main) for row in test.rows],
    )


def _cells(row: Row, axis: Axis) -> list[Cell]:
    scores = row.evaluation.scores
    accuracy = scores["balanced_accuracy"]
    return [
        Cell(row.name, small=_what(row)),
        track_cell(axis, accuracy, "bold" if row.is_main else ""),
        percent_cell(accuracy, with_reason=True),
        *(percent_cell(scores[name]) for name in ("recall_closed", "recall_open")),
        *(fraction_cell(scores[name]) for name in ("f1", "auc", "ece")),
        Cell(kilobytes(row.size_bytes), value=row.size_bytes),
        *_times(row),
    ]


def _what(row: Row) -> str:
    size = (
        "" if row.parameters is None else ", " + plural(row.parameters, "parameter", "parameters")
    )
    return f"{row.kind}, {row.precision}{size}"


def _times(row: Row) -> list[Cell]:
    if row.latency is None:
        return [Cell(GAP), Cell(GAP)]
    p50, p99 = row.latency.p50_us, row.latency.p99_us
    small = f"{row.latency.ratio_to_empty_graph:.1f} ×"
    return [
        Cell(wording.microseconds(p50), value=p50, small=small),
        Cell(wording.microseconds(p99), value=p99),
    ]
