"""Trials are stopped that do worse, while they train, than others did at the same epoch."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import optuna
from optuna.pruners import BasePruner, NopPruner
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from blink.contract import ConfigError
from blink.runs import Point
from blink.sweep.objectives import CURVES, Objective

SHADOW: Final = "pruning"
"""What the study of curves is called, behind the name of the search."""


def find_decisive(pruner: BasePruner, objectives: Sequence[Objective]) -> int | None:
    """Place of the objective whose curve a pruner looks at; None where nothing is pruned.

    Raises:
        ConfigError: There is a pruner, and no objective has a curve.
    """
    if isinstance(pruner, NopPruner):
        return None
    places = [place for place, one in enumerate(objectives) if one.curve]
    if not places:
        raise ConfigError(
            "sweep.pruner stops trials by a curve of validation people, and none of the "
            f"objectives has one: {', '.join(one.metric for one in objectives)}. Name "
            f"val/mean/{CURVES[0]} among them, or take optuna.pruners.NopPruner."
        )
    return places[0]


class Pruning:
    """Shows curves to a pruner of Optuna.

    Of several objectives it is the first one with a curve that decides. Optuna has no pruning of
    several objectives: then the curves are kept in a study of their own, beside the search, where
    any pruner can read them.

    Args:
        study: The search.
        pruner: Whose word counts.
        objectives: Of the search.

    Raises:
        ConfigError: There is a pruner, and no objective has a curve.
    """

    def __init__(
        self, study: optuna.Study, pruner: BasePruner, objectives: Sequence[Objective]
    ) -> None:
        self._place = find_decisive(pruner, objectives)
        self._is_shadow = len(objectives) > 1
        self._study = study
        self._shown: dict[int, tuple[int, set[int]]] = {}  # trial → its id there, its epochs
        if self._place is None:
            return
        self._curve = objectives[self._place].curve
        if self._is_shadow:
            self._study = optuna.create_study(
                storage=study._storage,
                study_name=f"{study.study_name}/{SHADOW}",
                direction=objectives[self._place].direction,
                pruner=pruner,
                load_if_exists=True,
            )

    @property
    def _storage(self) -> BaseStorage:
        return self._study._storage

    def should_stop(
        self, trial: int, storage_id: int, curves: Mapping[str, Sequence[Point]]
    ) -> bool:
        """Notes what is new in the curves; True where the trial may be stopped for it."""
        if self._place is None or not (points := curves.get(self._curve or "")):
            return False
        where, known = self._shown.get(trial) or (self._open(trial, storage_id), set())
        self._shown[trial] = (where, known)
        new = {p.epoch: p.value for p in points if p.epoch not in known and math.isfinite(p.value)}
        for epoch, value in new.items():
            self._storage.set_trial_intermediate_value(where, epoch, value)
            known.add(epoch)
        return bool(new) and self._study.pruner.prune(self._study, self._storage.get_trial(where))

    def end(self, trial: int, state: TrialState, values: Sequence[float] | None) -> None:
        """Ends the curve of a trial, so that later ones are compared with it."""
        where, _ = self._shown.pop(trial, (None, None))
        if where is None or not self._is_shadow:
            return
        decisive = None
        if state is TrialState.COMPLETE and values is not None and self._place is not None:
            decisive = [values[self._place]]
        self._storage.set_trial_state_values(where, state, decisive)

    def _open(self, trial: int, storage_id: int) -> int:
        if not self._is_shadow:
            return storage_id
        template: FrozenTrial = create_trial(state=TrialState.RUNNING, user_attrs={"trial": trial})
        return self._storage.create_new_trial(self._study._study_id, template)
