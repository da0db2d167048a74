import json
from pathlib import Path
from typing import Any

from blink.contract import whole_file
from blink.evaluation.results import Report, Row, TestSet

VERSION = 1


def write_metrics(path: Path, report: Report) -> None:
    """Writes the numbers of a report as JSON, the same that the page shows.

    The schema, version 1; `null` is a number that cannot be had, never NaN::

        version: 1
        title, question, made: text
        facts: {name: text}
        tests: list of
          name, protocol: text; the protocol says so where the set is sealed or people unknown
          looks: how often the test set was looked at, this run included; null where not counted
          data: fingerprint of the manifest
          rows: list of
            name, kind, precision: text
            parameters: whole number or null
            size_bytes: whole number
            latency: null or {p50_us, p99_us, ratio_to_empty_graph, cpu}
            is_main: true in one row of each test set
            evaluation:
              scores: {n, closed, people, unknown, metrics: {NAME: ESTIMATE}}
                unknown: crops among n whose person is not known; people are those known
                NAME: balanced_accuracy, f1, auc, recall_closed, recall_open, ece
                ESTIMATE: {value, low, high, gap}: 95 % interval over people, gap says why not
              unlabelled: crops that are not scored
              operating_point: {threshold, rule}
              draws: resamples of people behind each interval
              confusion: {found_closures, missed_closures, false_closures, found_openings}
              slices: list of {attribute, value, scores}
              roc: list of {false_closed, found_closed}, from (0, 0) to (1, 1)
              reliability: list of {low, high, n, promised, closed: ESTIMATE}

    Raises:
        StorageError: The disk is full.
    """
    text = json.dumps(_describe(report), indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _describe(report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "title": report.title,
        "question": report.question,
        "made": report.made,
        "facts": report.facts,
        "tests": [_describe_test(test) for test in report.tests],
    }


def _describe_test(test: TestSet) -> dict[str, Any]:
    return {
        "name": test.name,
        "protocol": test.statement,
        "looks": test.looks,
        "data": test.manifest.fingerprint,
        "rows": [_describe_row(row) for row in test.rows],
    }


def _describe_row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "precision": row.precision,
        "parameters": row.parameters,
        "size_bytes": row.size_bytes,
        "latency": row.latency and row.latency.to_dict(),
        "is_main": row.is_main,
        "evaluation": row.evaluation.to_dict(),
    }
