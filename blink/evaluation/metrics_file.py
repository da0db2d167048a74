import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from blink.contract import DataError, atomic_file
from blink.evaluation.evaluate import Evaluation
from blink.evaluation.experience.results import Assessment
from blink.evaluation.mistakes.results import MistakeStudy
from blink.evaluation.populations.results import Populations
from blink.evaluation.results import Report, TestSet
from blink.latency import Latency
from blink.runs import METRICS_VERSION


@dataclass(frozen=True, slots=True)
class RowMetrics:
    """One intelligence on one test set.

    Attributes:
        name: What people call it.
        kind: `net`, `heuristic`, or another word for what it is.
        precision: `fp32`, `int8`.
        parameters: Trained or fitted numbers in it; null where that means nothing.
        size_bytes: Of the file that ships.
        latency: Null where it was not measured.
        is_main: True in one row of each test set.
        evaluation: What it is worth.
    """

    name: str
    kind: str
    precision: str
    parameters: int | None
    size_bytes: int
    latency: Latency | None
    is_main: bool
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class TestMetrics:
    """One test set.

    Attributes:
        name: What people call it.
        protocol: Who was held out; says so where the set is sealed or people are unknown.
        looks: How often it was looked at, this run included; null where nobody counts.
        data: Fingerprint of its manifest.
        rows: All who were judged on it.
        populations: For whom the main row works and for whom not; rendered people of another test
            set stand in for such as it lacks, marked as rendered.
        mistakes: Those of the main row; null where nothing was noted of the pictures.
        assessment: For a target; null where none was given.
        role: `test`; `val` where validation people were judged.
    """

    __test__ = False  # pytest: not a test case, whatever its name

    name: str
    protocol: str
    looks: int | None
    data: str
    rows: tuple[RowMetrics, ...]
    populations: Populations
    mistakes: MistakeStudy | None
    assessment: Assessment | None
    role: str = "test"


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `metrics.json` holds. A number that cannot be had is null, never NaN.

    Attributes:
        version: Of this schema; another one is another number.
        title: Of the run.
        question: What the run was to find out.
        made: When, as ISO 8601.
        facts: What repeats the run, by name.
        tests: The test sets, the most telling one first.
    """

    version: Literal[2]
    title: str
    question: str
    made: str
    facts: dict[str, str]
    tests: tuple[TestMetrics, ...]


def write_metrics(path: Path, report: Report) -> None:
    """Writes the numbers of a report as JSON, the same that the page shows; see `Metrics`.

    Raises:
        DataError: A figure is NaN or infinite, which JSON does not know.
        StorageError: The disk is full.
    """
    content = asdict(_gather(report))
    if broken := list(_not_finite("", content)):
        raise DataError(
            f"{path}: {broken[0]}, which is no number that anybody could act on"
            f"{f' (and {len(broken) - 1} more)' if len(broken) > 1 else ''}. Look for it in the "
            "predictions tables, where every score has to lie within [0, 1]; nothing was written."
        )
    _write(path, content)


def _not_finite(name: str, value: Any) -> Iterator[str]:
    """Where a number is NaN or infinite: `tests[0].rows[1].latency.p99_us is nan`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _not_finite(f"{name}[{number}]", inner)
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{name} is {value}"


def write_schema(path: Path) -> None:
    """Writes the JSON Schema of `metrics.json`, made of `Metrics`: `docs/metrics.schema.json`.

    Raises:
        StorageError: The disk is full.
    """
    _write(path, TypeAdapter(Metrics).json_schema(mode="serialization"))


def _write(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def _gather(report: Report) -> Metrics:
    return Metrics(
        version=METRICS_VERSION,
        title=report.title,
        question=report.question,
        made=report.made,
        facts=report.facts,
        tests=tuple(map(_gather_test, report.tests, report.populations)),
    )


def _gather_test(test: TestSet, populations: Populations) -> TestMetrics:
    return TestMetrics(
        name=test.name,
        protocol=test.statement,
        looks=test.looks,
        data=test.manifest.fingerprint,
        rows=tuple(
            RowMetrics(**{one.name: getattr(row, one.name) for one in fields(RowMetrics)})
            for row in test.rows
        ),
        populations=populations,
        mistakes=test.mistakes,
        assessment=test.assessment,
        role=test.role,
    )
