from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from blink.sweep.objectives import Figure
from blink.sweep.records import INTERVALS, SAME_AS, first_number
from blink.sweep.study import Study


@dataclass(frozen=True)
class Point:
    """A trial that finished.

    Attributes:
        trial: Number under which its runs lie.
        figures: Of each objective.
        words: What it sets.
        runs: Folders of its runs.
        is_front: Whether no other one is as good in everything and better in something.
    """

    trial: int
    figures: tuple[Figure, ...]
    words: tuple[str, ...]
    runs: tuple[Path, ...]
    is_front: bool


def find_points(study: Study) -> list[Point]:
    """The trials that finished, each configuration once; the front first, then by number.

    The front is sorted by its second objective where there is one, else by its only one.
    """
    trials = [
        trial
        for trial in study.records.all()
        if trial.state is TrialState.COMPLETE and SAME_AS not in trial.user_attrs
    ]
    best = {trial.number for trial in study.optuna.best_trials} if _is_several(study) else set()
    if not _is_several(study) and trials:
        best = {study.optuna.best_trial.number}
    points = [_point(study, trial, is_front=trial.number in best) for trial in trials]
    return sorted(points, key=lambda point: _order(study, point))


def _is_several(study: Study) -> bool:
    return len(study.search.objectives) > 1


def _point(study: Study, trial: FrozenTrial, *, is_front: bool) -> Point:
    ends: Sequence[Any] = trial.user_attrs.get(INTERVALS) or [None] * len(trial.values)
    figures = [
        Figure(value, *(between or (None, None)))
        for value, between in zip(trial.values, ends, strict=True)
    ]
    return Point(
        trial=first_number(trial),
        figures=tuple(figures),
        words=study.words(trial),
        runs=study.folders(trial),
        is_front=is_front,
    )


def _order(study: Study, point: Point) -> tuple[bool, float, int]:
    place = 1 if _is_several(study) else 0
    sign = 1 if study.search.objectives[place].direction == "minimize" else -1
    value = sign * point.figures[place].value if point.is_front else 0.0
    return not point.is_front, value, point.trial
