from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from blink.sweep.objectives import Figure
from blink.sweep.records import INTERVALS, SAME_AS, first_number
from blink.sweep.study import Study


@dataclass(frozen=True)
class Candidate:
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


def find_candidates(study: Study) -> list[Candidate]:
    """The trials that finished, each configuration once; the front first, then by number.

    The front is sorted by its second objective where there is one, else by its only one.
    """
    trials = [
        trial
        for trial in study.records.all()
        if trial.state is TrialState.COMPLETE and SAME_AS not in trial.user_attrs
    ]
    front = _front(study, trials)
    found = [_candidate(study, trial, is_front=trial.number in front) for trial in trials]
    return sorted(found, key=lambda one: _order(study, one))


def _front(study: Study, trials: Sequence[FrozenTrial]) -> set[int]:
    """Numbers of those whom nobody beats; with one objective the first of the best alone."""
    if _is_several(study):
        return {trial.number for trial in study.optuna.best_trials}
    # Optuna's own best one may be a repetition, which can have the lower number.
    ranked = sorted(trials, key=lambda trial: _sign(study, 0) * trial.values[0])
    return {trial.number for trial in ranked[:1]}


def _is_several(study: Study) -> bool:
    return len(study.search.objectives) > 1


def _sign(study: Study, place: int) -> int:
    """What makes the best of an objective the least."""
    return 1 if study.search.objectives[place].direction == "minimize" else -1


def _candidate(study: Study, trial: FrozenTrial, *, is_front: bool) -> Candidate:
    ends: Sequence[Any] = trial.user_attrs.get(INTERVALS) or [None] * len(trial.values)
    figures = [
        Figure(value, *(between or (None, None)))
        for value, between in zip(trial.values, ends, strict=True)
    ]
    return Candidate(
        trial=first_number(trial),
        figures=tuple(figures),
        words=study.words(trial),
        runs=study.folders(trial),
        is_front=is_front,
    )


def _order(study: Study, one: Candidate) -> tuple[bool, float, int]:
    place = 1 if _is_several(study) else 0
    value = _sign(study, place) * one.figures[place].value if one.is_front else 0.0
    return not one.is_front, value, one.trial
