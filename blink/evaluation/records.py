"""What a report shows, as records of plain values: for loggers and notebooks.

All records of a function have the same keys. None is a number that cannot be had.
"""

from collections.abc import Mapping
from typing import Any

from blink.evaluation.populations.results import Group, Region
from blink.evaluation.results import Report, Row, TestSet
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import Estimate

Record = dict[str, Any]


def row_records(report: Report) -> list[Record]:
    """All rows of all test sets: what each is, whom it was judged on, its metrics, its price."""
    return [_row(test, row) for test in report.tests for row in test.rows]


def _row(test: TestSet, row: Row) -> Record:
    latency = row.latency
    return {
        "test_set": test.name,
        "protocol": test.statement,
        "looks": test.looks,
        "name": row.name,
        "kind": row.kind,
        "precision": row.precision,
        "is_main": row.is_main,
        **_scores(row.evaluation.scores),
        "parameters": row.parameters,
        "size_bytes": row.size_bytes,
        "p50_us": latency and latency.p50_us,
        "p99_us": latency and latency.p99_us,
    }


def group_records(report: Report) -> list[Record]:
    """All groups of the main rows: pairs of attributes and rendered stand-ins among them."""
    return [
        {
            **_part(test, group),
            "is_rendered": group.is_rendered,
            "note": group.note,
            **_scores(group.scores),
        }
        for test, populations in zip(report.tests, report.populations, strict=True)
        for group in populations.groups
    ]


def region_records(report: Report) -> list[Record]:
    """Weak regions that nobody had listed, as measured on people on whom they were not found."""
    return [
        {
            **_part(test, region),
            "share_of_mistakes": region.share_of_mistakes,
            **_scores(region.confirmed),
        }
        for test in report.tests
        for region in test.populations.regions
    ]


def _part(test: TestSet, part: Group | Region) -> Record:
    return {
        "test_set": test.name,
        "title": part.title,
        "metric": part.metric,
        **_estimates({"gap": part.gap}),
        "p": part.p,
    }


def kind_records(report: Report) -> list[Record]:
    """Kinds of mistakes of the main rows."""
    return [
        {
            "test_set": test.name,
            "title": kind.title,
            "direction": kind.direction,
            "n": kind.n,
            "people": kind.people,
            "share_of_mistakes": kind.share_of_mistakes,
            "share_of_cost": kind.share_of_cost,
            "suggests": kind.suggests,
            "advice": kind.advice,
            "traits": "; ".join(kind.traits),
        }
        for test in report.tests
        if test.mistakes is not None
        for kind in test.mistakes.kinds
    ]


def criterion_records(report: Report) -> list[Record]:
    """The criteria of the target, test set by test set."""
    return [
        {
            "test_set": test.name,
            "target": test.assessment.target,
            "verdict": test.assessment.decision.verdict,
            "criterion": finding.words,
            "measure": finding.measure,
            **_estimates({"found": finding.found}),
            "limit": finding.limit,
            "is_upper": finding.is_upper,
            "met": finding.met,
            "groups": finding.groups,
        }
        for test in report.tests
        if test.assessment is not None
        for finding in test.assessment.decision.findings
    ]


def experience_records(report: Report) -> list[Record]:
    """What users feel of the main rows and of the best heuristics, one figure a record."""
    return [
        {
            "test_set": test.name,
            "target": test.assessment.target,
            "row": experience.row,
            "figure": name,
            **_estimates({"value": estimate}),
        }
        for test in report.tests
        if test.assessment is not None
        for experience in test.assessment.experiences
        for name, estimate in {**experience.figures, **experience.kinds}.items()
    ]


def _scores(scores: Scores) -> Record:
    return {
        "n": scores.n,
        "people": scores.people,
        "unknown": scores.unknown,
        **_estimates(scores.metrics),
    }


def _estimates(estimates: Mapping[str, Estimate]) -> Record:
    """Each as NAME, NAME_low and NAME_high."""
    return {
        f"{name}{end}": number
        for name, one in estimates.items()
        for end, number in (("", one.value), ("_low", one.low), ("_high", one.high))
    }
