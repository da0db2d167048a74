"""What the dashboard keeps of a run's `metrics.json`, which may be megabytes long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from blink.contract.wording import judged_on, percent
from blink.runs import METRICS, METRICS_VERSION

_ACCURACY: Final = "balanced_accuracy"


class Estimate(BaseModel, frozen=True):
    """A share with its 95 % interval over people, as `blink.evaluation.statistics.Estimate`."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    gap: str | None = None

    @property
    def text(self) -> str:
        """In percent: `96.7 (93.7 to 98.3)`, `96.7` without an interval, `–` without a value."""
        value = percent(self.value)
        return f"{value} ({self.interval})" if self.interval else value

    @property
    def interval(self) -> str:
        """`93.7 to 98.3`; empty without one."""
        if None in {self.value, self.low, self.high}:
            return ""
        return f"{percent(self.low)} to {percent(self.high)}"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people or crops, and how well what ships does on it.

    Attributes:
        name: `glasses: no`; says so where its figure is another than balanced accuracy.
        n: Crops.
        people: Whose they are.
        accuracy: Balanced accuracy; a recall where a group shows one class alone.
        is_rendered: Whether rendered people stand in for those.
    """

    name: str
    n: int
    people: int
    accuracy: Estimate
    is_rendered: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What ships, judged on one data set, or its mean over all that it was judged on.

    Attributes:
        data: The data set's name; `mean of mrl, cew`, as `val/mean/…` of a search.
        people: `test`, or `val` where validation people alone were looked at.
        protocol: Who was held out, in words.
        name: The intelligence's.
        precision: `fp32`, `int8`.
        accuracy: Balanced accuracy.
        p50_us: Median latency in microseconds; None where it was not measured.
        cpu: Where it was measured; empty where it was not.
        size_bytes: Of the file that ships.
        parameters: Trained numbers; None where that means nothing.
        groups: For whom it works, and for whom not, by one attribute; reports have pairs as well.
        is_mean: Whether it is a mean over data sets: without interval and groups.
    """

    data: str
    people: str
    protocol: str
    name: str
    precision: str
    accuracy: Estimate
    p50_us: float | None
    cpu: str
    size_bytes: int
    parameters: int | None
    groups: tuple[Group, ...]
    is_mean: bool = False

    @property
    def on(self) -> str:
        """Whom it was judged on: `mrl`, `mrl (validation people)`. Two of them never mix."""
        return judged_on(self.data, self.people)


class _Scores(BaseModel):
    n: int
    people: int
    metrics: dict[str, Estimate]


class _Evaluation(BaseModel):
    scores: _Scores


class _Latency(BaseModel):
    p50_us: float
    cpu: str


class _Row(BaseModel):
    name: str
    precision: str
    parameters: int | None
    size_bytes: int
    latency: _Latency | None
    is_main: bool
    evaluation: _Evaluation


class _Group(BaseModel):
    values: dict[str, str]
    scores: _Scores
    metric: str
    is_rendered: bool


class _Populations(BaseModel):
    groups: tuple[dict[str, Any], ...] = ()  # a thousand, of which a few dozen are wanted


class _Test(BaseModel):
    name: str
    role: str = "test"
    protocol: str
    rows: tuple[_Row, ...]
    populations: _Populations = _Populations()


class _File(BaseModel):
    version: int
    tests: tuple[_Test, ...]


def read_judgements(folder: Path) -> tuple[Judgement, ...]:
    """Reads what a run found of what it ships, the most telling data set first, their mean last.

    A file that is missing, damaged or of another version says nothing, and is no error: the page
    shows hundreds of runs, of which one may be half written.
    """
    try:
        file = _File.model_validate_json((folder / METRICS).read_bytes())
        if file.version != METRICS_VERSION:
            return ()
        found = [_judgement(test, row) for test in file.tests for row in _main(test.rows)]
        return (*found, *_mean(found))
    except (OSError, ValidationError, TypeError):
        return ()


def _main(rows: tuple[_Row, ...]) -> tuple[_Row, ...]:
    return tuple(row for row in rows if row.is_main)[:1]


def _mean(found: Sequence[Judgement]) -> Iterator[Judgement]:
    """The plain mean of several data sets, where each has a figure."""
    values = [one.accuracy.value for one in found if one.accuracy.value is not None]
    if len(found) == len(values) > 1:
        accuracy = Estimate(value=fmean(values), gap="a mean over data sets has no interval")
        data = f"mean of {', '.join(one.data for one in found)}"
        yield replace(found[0], data=data, protocol="", accuracy=accuracy, groups=(), is_mean=True)


def _judgement(test: _Test, row: _Row) -> Judgement:
    return Judgement(
        data=test.name,
        people=test.role,
        protocol=test.protocol,
        name=row.name,
        precision=row.precision,
        accuracy=row.evaluation.scores.metrics.get(_ACCURACY, Estimate()),
        p50_us=row.latency.p50_us if row.latency else None,
        cpu=row.latency.cpu if row.latency else "",
        size_bytes=row.size_bytes,
        parameters=row.parameters,
        groups=tuple(
            _group(_Group.model_validate(one))
            for one in test.populations.groups
            if len(one.get("values", ())) == 1
        ),
    )


def _group(group: _Group) -> Group:
    (attribute, value), *_ = group.values.items()
    name = f"{attribute}: {value}"
    return Group(
        name=name if group.metric == _ACCURACY else f"{name} ({group.metric.replace('_', ' ')})",
        n=group.scores.n,
        people=group.scores.people,
        accuracy=group.scores.metrics.get(group.metric, Estimate()),
        is_rendered=group.is_rendered,
    )
