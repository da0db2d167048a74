"""What a search is for: figures of validation people, and what the bundle takes."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from blink.contract import BlinkError, ConfigError
from blink.runs import METRICS, main_row

Direction = Literal["maximize", "minimize"]

SCORES: Final = ("balanced_accuracy", "f1", "auc", "recall_closed", "recall_open", "ece")
"""What `metrics.json` tells of each data set."""

COSTS: Final = ("latency/p50_us", "latency/ratio_to_empty_graph", "size_bytes", "parameters")
"""What it tells of the bundle."""

CURVES: Final = ("balanced_accuracy", "auc")
"""Of these a run writes a curve while it trains, over all validation people together."""

MEAN: Final = "mean"
_QUALITY: Final = re.compile(rf"val/(?P<data>[^/]+)/(?P<score>{'|'.join(SCORES)})")

_NAMEABLE: Final = (
    f"val/DATA SET/SCORE or val/{MEAN}/SCORE (the mean over the data sets), where SCORE is one of "
    f"{', '.join(SCORES)}; {', '.join(COSTS)}"
)


class FigureError(BlinkError):
    """A run that lacks a figure which the search is for."""


@dataclass(frozen=True)
class Figure:
    """What one run, or the mean of several, has of an objective.

    Attributes:
        value: The figure.
        low: Lower end of its 95 % interval over people; None where there is none.
        high: Upper end.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Objective:
    """One figure that a search is for.

    Attributes:
        metric: Its name, see `parse_objectives`.
        direction: Which way is better.
    """

    metric: str
    direction: Direction

    @property
    def data(self) -> str | None:
        """The data set that it looks at, or `mean`; None where it is of the bundle."""
        quality = _QUALITY.fullmatch(self.metric)
        return quality["data"] if quality is not None else None

    @property
    def curve(self) -> str | None:
        """Name of the curve that tells it while a run trains; None where there is none."""
        quality = _QUALITY.fullmatch(self.metric)
        has_one = quality is not None and quality["score"] in CURVES
        return f"val/{quality['score']}" if quality is not None and has_one else None

    def read(self, metrics: Mapping[str, Any]) -> Figure:
        """Finds it in what a run's `metrics.json` holds.

        Raises:
            FigureError: It is not there, is no number, or was found on test people.
        """
        if any(test["role"] != "val" for test in metrics["tests"]):
            raise FigureError(
                "metrics.json tells of test people, whom a search must not look at; its runs are "
                "made with judged=val."
            )
        figure = self._find(metrics["tests"])
        if figure is None or not math.isfinite(figure.value):
            raise FigureError(f"metrics.json holds no {self.metric}.")
        return figure

    def _find(self, tests: Sequence[Mapping[str, Any]]) -> Figure | None:
        quality = _QUALITY.fullmatch(self.metric)
        if quality is None:
            return _cost(main_row(tests[0]), self.metric)
        if quality["data"] != MEAN:
            named = [test for test in tests if test["name"] == quality["data"]]
            return _score(named[0], quality["score"]) if named else None
        found = [_score(test, quality["score"]) for test in tests]
        if len(found) == 1:
            return found[0]
        values = [figure.value for figure in found if figure is not None]
        if not values or len(values) < len(found):
            return None  # the mean over some of the data sets is another figure
        return Figure(sum(values) / len(values))


def parse_objectives(objectives: Sequence[Mapping[str, str]]) -> tuple[Objective, ...]:
    """Reads the objectives of a search.

    Args:
        objectives: Each with `metric` and `direction`, `maximize` or `minimize`.

    Raises:
        ConfigError: There are none, or one is no figure of validation people or of the bundle, or
            goes the wrong way.
    """
    if not objectives:
        raise ConfigError("sweep.objectives is empty: a search is for something.")
    is_list = isinstance(objectives, Sequence)
    if not is_list or not all(isinstance(one, Mapping) for one in objectives):
        raise ConfigError(
            f"sweep.objectives is {objectives}; write a list of mappings, as in "
            "[{metric: val/mean/auc, direction: maximize}]."
        )
    parsed = tuple(map(_parse, objectives))
    names = [one.metric for one in parsed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"sweep.objectives names {', '.join(twice)} twice.")
    return parsed


def read_figures(folders: Sequence[Path], objectives: Sequence[Objective]) -> list[Figure]:
    """What the runs of a trial have of each objective, the mean over them.

    An interval over people is that of one run; that of a mean over seeds is not known here.

    Raises:
        FigureError: A run has no `metrics.json` that can be read, or lacks a figure.
    """
    runs = [_read_run(folder, objectives) for folder in folders]
    return [_mean(figures) for figures in zip(*runs, strict=True)]


def _parse(given: Mapping[str, str]) -> Objective:
    metric, direction = str(given.get("metric", "")), given.get("direction", "")
    if direction not in ("maximize", "minimize"):
        raise ConfigError(
            f"sweep.objectives: {metric}: direction is {direction or 'missing'}; write "
            "maximize or minimize."
        )
    if metric.split("/")[0] == "test":
        raise ConfigError(
            f"sweep.objectives names {metric}. What is chosen by its score on test people has seen "
            "them: their score is then no estimate for anybody else. Choose on validation people; "
            f"test the winner once. What may be named: {_NAMEABLE}."
        )
    if metric not in COSTS and not _QUALITY.fullmatch(metric):
        raise ConfigError(f"sweep.objectives names {metric!r}. What may be named: {_NAMEABLE}.")
    better = "minimize" if metric in COSTS or metric.endswith("/ece") else "maximize"
    if direction != better:
        raise ConfigError(
            f"sweep.objectives: {metric}: direction is {direction}, which looks for the worst; "
            f"write {better}."
        )
    return Objective(metric, direction)  # type: ignore[arg-type] # checked above


def _read_run(folder: Path, objectives: Sequence[Objective]) -> list[Figure]:
    path = folder / METRICS
    try:
        metrics = json.loads(path.read_bytes())
        return [objective.read(metrics) for objective in objectives]
    except FigureError as error:
        raise FigureError(f"{folder.name}: {error}") from error
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise FigureError(f"{path} cannot be read: {error!r}.") from error


def _mean(figures: Sequence[Figure]) -> Figure:
    if len(figures) == 1:
        return figures[0]
    return Figure(sum(figure.value for figure in figures) / len(figures))


def _score(test: Mapping[str, Any], name: str) -> Figure | None:
    found = main_row(test)["evaluation"]["scores"]["metrics"][name]
    if found["value"] is None:
        return None
    return Figure(float(found["value"]), found["low"], found["high"])


def _cost(row: Mapping[str, Any], name: str) -> Figure | None:
    found: Any = row
    for part in name.split("/"):
        found = found[part] if found is not None else None
    return Figure(float(found)) if found is not None else None
