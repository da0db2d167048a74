"""What a run folder says of those it has judged: `metrics.json`, and where the predictions lie."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from blink.contract import DataError
from blink.contract.wording import judged_on
from blink.evaluation.statistics import Estimate
from blink.runs import METRICS, METRICS_VERSION
from blink.runtime.bundle import FILE as BUNDLE
from blink.runtime.bundle import load_bundle

_NOT_CONFIGURED = ("seed", "made_by", "resume", "latency")
"""What may differ between the configs of runs that are seeds of one configuration."""


class JudgedLatency(BaseModel, frozen=True):
    """See `blink.latency.Latency`."""

    p50_us: float
    p99_us: float
    ratio_to_empty_graph: float | None = None
    cpu: str


class _Point(BaseModel, frozen=True):
    threshold: float


class _Estimate(BaseModel, frozen=True):
    value: float | None
    low: float | None
    high: float | None
    gap: str | None


class _Metrics(BaseModel, frozen=True):
    balanced_accuracy: _Estimate


class _Scores(BaseModel, frozen=True):
    n: int
    people: int
    unknown: int
    metrics: _Metrics


class JudgedEvaluation(BaseModel, frozen=True):
    """What is read of `blink.evaluation.evaluate.Evaluation`."""

    operating_point: _Point
    scores: _Scores

    @property
    def accuracy(self) -> Estimate:
        """Balanced accuracy as the run's own report shows it."""
        return Estimate(**self.scores.metrics.balanced_accuracy.model_dump())


class JudgedRow(BaseModel, frozen=True):
    """One intelligence on one test set, without its predictions."""

    name: str
    kind: str
    precision: str
    parameters: int | None
    size_bytes: int
    latency: JudgedLatency | None
    is_main: bool
    evaluation: JudgedEvaluation

    @property
    def title(self) -> str:
        """As in the run's own report."""
        return f"{self.name} {self.precision}"


class JudgedTest(BaseModel, frozen=True):
    """One test set, and who was judged on it."""

    name: str
    protocol: str
    data: str
    rows: tuple[JudgedRow, ...]
    role: str = "test"

    @property
    def on(self) -> str:
        """Whom it was judged on: `mrl`, `mrl (validation people)`."""
        return judged_on(self.name, self.role)


class _File(BaseModel, frozen=True):
    version: int
    title: str
    made: str
    facts: dict[str, str]
    tests: tuple[JudgedTest, ...]


@dataclass(frozen=True)
class Judged:
    """A run folder, or the part of one that is about a bundle.

    Attributes:
        given: What the user named.
        folder: The run's.
        made: When, as ISO 8601.
        seed: Of the run; None where it has none.
        configuration: The run's config without its seed, as text; empty where it has none.
        tests: Its test sets; of a bundle, with that bundle's rows alone.
    """

    given: Path
    folder: Path
    made: str
    seed: str | None
    configuration: str
    tests: tuple[JudgedTest, ...]

    def predictions(self, test: JudgedTest, row: JudgedRow) -> Path:
        """Where the predictions of a row lie."""
        return self.folder / "predictions" / f"{row.name}-{row.precision}-on-{test.name}.parquet"


def read_judged(given: Path) -> Judged:
    """Reads what a run found.

    Args:
        given: A run folder, or the folder of a bundle within one.

    Raises:
        DataError: There is no such folder, it was not judged, or its `metrics.json` is damaged or
            of another version.
        BundleError: It is a bundle that is damaged.
    """
    # `Path.is_file` ends in an error where a folder is another user's.
    if os.path.isfile(given / BUNDLE):  # noqa: PTH113
        return _read_bundle(given)
    if not given.is_dir():
        raise DataError(f"{given} is no folder. Name run folders, or bundles that lie in one.")
    if not os.path.isfile(given / METRICS):  # noqa: PTH113
        raise DataError(
            f"{given / METRICS} is missing, or not to be read: this is no run folder, or the run "
            "was stopped before it judged anything. Go on with it (python train.py resume=…), or "
            "name another."
        )
    metrics = _read_metrics(given / METRICS)
    return Judged(
        given=given,
        folder=given,
        made=metrics.made,
        seed=metrics.facts.get("seed"),
        configuration=_configuration(given / METRICS, metrics.facts.get("config", "")),
        tests=metrics.tests,
    )


def _read_bundle(given: Path) -> Judged:
    bundle = load_bundle(given)
    place = Path(os.path.abspath(given))  # noqa: PTH100 - a link to a bundle may lie in a run
    run = place.parent.parent
    if not (run / METRICS).is_file():
        raise DataError(
            f"{given} is a bundle without a run: nobody has kept its predictions. "
            f"`blink evaluate {given} --data …` makes them; then name the run folder that it wrote."
        )
    whole = read_judged(run)
    judged = {row.name for test in whole.tests for row in test.rows}
    folder = place.name  # `eye@monday`, where several were judged that are called `eye`
    name = folder if folder in judged else bundle.name
    tests = [_alone(test, name, bundle.precision) for test in whole.tests]
    if not any(test.rows for test in tests):
        raise DataError(f"{run / METRICS} says nothing of the bundle {given}. Judge it again.")
    kept = tuple(test for test in tests if test.rows)
    return Judged(given, whole.folder, whole.made, whole.seed, whole.configuration, kept)


def _alone(test: JudgedTest, name: str, precision: str) -> JudgedTest:
    """The test set with the rows of one bundle, of which the chosen precision is the main one."""
    rows = tuple(
        row.model_copy(update={"is_main": row.precision == precision})
        for row in test.rows
        if row.name == name
    )
    return test.model_copy(update={"rows": rows})


def _read_metrics(path: Path) -> _File:
    again = "Judge the run again."
    try:
        metrics = _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise DataError(f"{path} is damaged ({where}: {first['msg']}). {again}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if metrics.version != METRICS_VERSION:
        raise DataError(
            f"{path} has version {metrics.version}; this version of Blink reads "
            f"{METRICS_VERSION}. {again}"
        )
    return metrics


def _configuration(path: Path, text: str) -> str:
    try:
        config: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise DataError(f"{path} is damaged (facts.config is no YAML: {error}).") from error
    if not isinstance(config, dict):
        raise DataError(f"{path} is damaged (facts.config is no mapping).")
    kept = {name: value for name, value in config.items() if name not in _NOT_CONFIGURED}
    return yaml.safe_dump(kept) if kept else ""
