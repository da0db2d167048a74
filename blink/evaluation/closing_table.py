from collections.abc import Iterable
from itertools import chain

from blink.contract.wording import GAP, fraction, kilobytes, plural, with_interval
from blink.evaluation.experience.results import JudgedCriterion
from blink.evaluation.results import Report, Row, TestSet
from blink.evaluation.statistics import Estimate
from blink.evaluation.wording import answer, found, limit, microseconds, owners, sentence
from blink.pages import cell

HEADER = (
    "test set",
    "model",
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


def closing_table(report: Report) -> str:
    """All rows of all test sets as a Markdown table that also reads well in a terminal.

    The main row of each test set stands in bold; a dash is a number that cannot be had. Beneath it
    stands who is behind the numbers of each test set, and where there is a target, the verdict with
    its criteria; where nothing could be simulated, only the criteria that are not met all the same.
    """
    rows = [(cell(test.name), *_cells(row)) for test in report.tests for row in test.rows]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    rule = [
        "-" * width if number < _TEXT_COLUMNS else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    ]
    lines = [_line(cells, widths) for cells in chain([HEADER, rule], rows)]
    decisions = chain.from_iterable(map(_decide, report.tests))
    notes = [*map(_behind, report.tests), *_transfer(report), *_openness(report)]
    return "\n".join([*lines, "", *notes, *decisions])


def _decide(test: TestSet) -> list[str]:
    """The verdict on a test set and the criteria behind it; nothing without a target."""
    if test.assessment is None:
        return []
    assessment, decision = test.assessment, test.assessment.decision
    verdict = (
        f"{decision.verdict}: {test.main.title} for {assessment.target}, judged on {test.name}."
    )
    if assessment.gap is not None:
        judged = [f"  {_answer(one)}" for one in decision.findings if one.found.value is not None]
        return ["", verdict, f"  Nothing could be simulated: {assessment.gap}.", *judged]
    return [
        "",
        f"{verdict} {sentence(decision.because)}",
        *(f"  {_answer(one)}" for one in decision.findings),
        *(f"  ! {warning}" for warning in (*assessment.warnings, *assessment.cautions)),
    ]


def _answer(finding: JudgedCriterion) -> str:
    asked = limit(finding.limit, is_upper=finding.is_upper)
    groups = f" ({finding.groups})" if finding.groups else ""
    return (
        f"{answer(finding.met):12} {finding.words}: {found(finding.found)}, limit {asked}{groups}"
    )


def _transfer(report: Report) -> list[str]:
    """What a data set that nothing was trained on says of what was learnt from the others."""
    return [
        f"Transfer to {test.name}: AUC {_with_interval(auc)} without any of its eyes in training."
        for test in report.tests
        for auc in [test.main.evaluation.scores["auc"]]
        if test.is_transfer
    ]


def _openness(report: Report) -> list[str]:
    """How true the openness of the main rows is, where they say one and it is known."""
    return [
        f"Openness on {test.name}: mean error {_with_interval(found.all_crops.mean_error)}, of "
        f"half-closed eyes {_with_interval(found.half_closed.mean_error)}; "
        f"rank correlation {_with_interval(found.all_crops.rank_correlation)}, of half-closed eyes "
        f"{_with_interval(found.half_closed.rank_correlation)}."
        for test in report.tests
        for found in [test.main.evaluation.openness]
        if found is not None
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
        f"**{cell(row.title)}**" if row.is_main else cell(row.title),
        _with_interval(scores["balanced_accuracy"]),
        *(
            fraction(scores[name].value)
            for name in ("f1", "auc", "recall_closed", "recall_open", "ece")
        ),
        kilobytes(row.size_bytes),
        *(map(microseconds, times) if times else (GAP, GAP)),
    )


def _with_interval(estimate: Estimate) -> str:
    return with_interval(estimate.value, estimate.low, estimate.high)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (
        cell.ljust(width) if number < _TEXT_COLUMNS else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"
