"""How true it is what the rows of a test set say of openness."""

from blink.evaluation import wording
from blink.evaluation.openness import OpennessScores
from blink.evaluation.report.cells import fraction_cell, people_cell
from blink.evaluation.results import Row, TestSet
from blink.pages import Cell, Column, Line, Table


def openness_table(test: TestSet) -> Table | None:
    """Two lines for each row that says an openness; None where none does, or nobody knows it."""
    lines = [
        Line(_cells(row, eyes, scores), is_main=row.is_main)
        for row in test.rows
        for found in [row.evaluation.openness]
        if found is not None
        for eyes, scores in (("all", found.all_crops), ("half-closed", found.half_closed))
    ]
    if not lines:
        return None
    return Table(
        caption=f"Openness on {test.name}: how far off it is, with 95 % intervals over "
        f"{wording.drawn(test.main.evaluation.scores)}",
        columns=[
            Column("Model"),
            Column("Eyes"),
            *(
                Column(title, is_number=True)
                for title in ("Mean error", "Rank correlation", "Crops", "People")
            ),
        ],
        lines=lines,
    )


def _cells(row: Row, eyes: str, scores: OpennessScores) -> list[Cell]:
    return [
        Cell(row.name, small=row.precision),
        Cell(eyes),
        fraction_cell(scores.mean_error, with_reason=True),
        fraction_cell(scores.rank_correlation, with_reason=True),
        Cell(wording.count(scores.n), value=scores.n),
        people_cell(scores.people, scores.unknown),
    ]
