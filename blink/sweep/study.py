"""A study: the trials of a search, which any number of processes and machines draw and tell."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import optuna
from omegaconf import DictConfig
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from blink.runs import Point
from blink.sweep.adoption import Adoption
from blink.sweep.assignment import Assignment, Instruction, Outcome
from blink.sweep.budget import Clock
from blink.sweep.duplicates import Catalogue, Fate, key_of
from blink.sweep.objectives import FigureError, read_figures
from blink.sweep.opening import TRIALS, open_records, read_token
from blink.sweep.pruning import Pruning
from blink.sweep.records import (
    CONTINUES,
    INTERVALS,
    KEY,
    LOG,
    REASON,
    SAME_AS,
    STOPPED,
    SURPLUS,
    Records,
    first_number,
    is_abandoned,
)
from blink.sweep.search import Search, read_search
from blink.sweep.space import in_hydra
from blink.sweep.storage import close_storage, keep_snapshot

log = logging.getLogger(__name__)

_LOOK: Final = 0.05
"""Seconds between two looks whether another process has signed the trial that it draws."""

_TURN: Final = 1.0
"""Seconds between two looks whether a trial that somebody else runs is to be gone on with."""

_ENDS: Final = {
    Fate.REPEATED: TrialState.COMPLETE,
    Fate.PRUNED: TrialState.PRUNED,
    Fate.FAILED: TrialState.FAIL,
}


class Study:
    """One process's view of a study; `open` makes it."""

    def __init__(self, records: Records, search: Search, folder: Path) -> None:
        self.search = search
        self.folder = folder
        self.optuna = records.study
        self.records = records
        self.clock = Clock(self.records)
        self.adoption = Adoption(self.records, self.folders)
        self._catalogue = Catalogue()
        self._pruning = Pruning(self.optuna, self.optuna.pruner, search.objectives)
        self._token = read_token(folder)

    @classmethod
    def open(cls, config: DictConfig, folder: Path, *, resume: bool) -> Self:
        """Opens a study, or begins it.

        Args:
            config: `conf/sweep.yaml` as it was composed.
            folder: Of the study.
            resume: Whether it may be there already.

        Raises:
            ConfigError: It is there and was not to be gone on with, is another search, the runs in
                its folder are another study's, or the config cannot be.
            StorageError: Its storage cannot be reached or written.
        """
        optuna.logging.disable_default_handler()
        search = read_search(config)
        return cls(open_records(config, search, folder, resume=resume), search, folder)

    def close(self) -> None:
        """Notes how long it took, and keeps what makes the next opening fast."""
        self.clock.stop()
        self.adoption.finish()
        close_storage(self.records.storage)

    def tick(self) -> None:
        """Counts the time of a session, and now and then keeps a snapshot; once a second, say."""
        self.clock.tick()
        keep_snapshot(self.records.storage)

    def adopt(self) -> None:
        """Trials whose worker is gone are put in the queue, to be gone on with."""
        self.adoption.adopt(self._catalogue.recent(self._look()))

    def recover(self) -> None:
        """As `adopt`, and also what was lost when somebody was killed in the middle of that."""
        self.adoption.mend(self._look())
        self.adopt()

    def ask(self, check: Callable[[], None] = lambda: None) -> Assignment | None:
        """The next trial; None where the budget is used up or every configuration was tried.

        What repeats another configuration is told its values, and the next one is drawn. Before it
        ends it waits until it has heard of each worker that is elsewhere, or given its trial up.

        Args:
            check: Called between two looks while it waits; what it raises ends that.
        """
        while True:
            self.adopt()
            self._settle()
            if not self._is_over():
                trial = self._draw()
                if trial is not None and (assignment := self._assign(trial, check)) is not None:
                    self.adoption.begin(trial)
                    return assignment
            elif not self.adoption.mend(trials := self._look()):
                if not any(map(self.adoption.is_in_doubt, self._catalogue.recent(trials))):
                    return None
                check()
                time.sleep(_TURN)

    def watch(self, assignment: Assignment, curves: Mapping[str, Sequence[Point]]) -> Instruction:
        """Shows the pruner the curves of a trial's first run, and says what it shall do."""
        trial = self.records.storage.get_trial(assignment.storage_id)
        if trial.state.is_finished():
            return Instruction.STOP
        try:
            is_bad = self._pruning.should_stop(trial.number, trial._trial_id, curves)
        except UpdateFinishedTrialError:  # just now
            return Instruction.STOP
        return Instruction.PRUNE if is_bad else Instruction.GO_ON

    def tell(self, assignment: Assignment, outcome: Outcome) -> None:
        """Notes how a trial ended; what others said of it before counts."""
        self.adoption.finish()
        trial = self.records.storage.get_trial(assignment.storage_id)
        values: list[float] | None = None
        if outcome.fault is not None:
            self._blame(trial, assignment, outcome, outcome.fault)
            state = TrialState.FAIL
        elif outcome.is_pruned:
            state = TrialState.PRUNED
        else:
            values = self._read(trial, assignment, outcome)
            state = TrialState.FAIL if values is None else TrialState.COMPLETE
        self._pruning.end(trial.number, state, values)
        self.records.end(trial, state, values)
        self._settle()

    def leave(self, assignment: Assignment) -> None:
        """Notes that a trial was stopped, which its run cannot say before it is configured."""
        trial = self.records.storage.get_trial(assignment.storage_id)
        self.records.mark(trial, **{STOPPED: True})

    def folders(self, trial: FrozenTrial) -> tuple[Path, ...]:
        """Where the runs of a trial are, one for each seed."""
        name = f"{first_number(trial):05d}"
        return tuple(self.folder / TRIALS / f"{name}-seed{seed}" for seed in self.search.seeds)

    def words(self, trial: FrozenTrial) -> tuple[str, ...]:
        """What a trial sets."""
        return self.search.space.words(trial.params)

    def _look(self) -> list[FrozenTrial]:
        trials = self.records.all()
        self._catalogue.update(trials)
        return trials

    def _is_over(self) -> bool:
        budget, trials = self.search.budget, self._look()
        recent = self._catalogue.recent(trials)
        waiting = [trial for trial in recent if trial.state is TrialState.WAITING]
        if self._is_late():
            return not any(CONTINUES in trial.user_attrs for trial in waiting)
        if waiting:
            return False
        if budget.trials is not None and self._catalogue.count(trials) >= budget.trials:
            return True
        size = self.search.space.size
        return size is not None and self._catalogue.distinct(trials) >= size

    def _is_late(self) -> bool:
        hours = self.search.budget.hours
        return hours is not None and self.clock.seconds() >= 3600 * hours

    def _is_surplus(self, trial: FrozenTrial, trials: Sequence[FrozenTrial]) -> bool:
        """Whether others were faster to use the budget up; what has begun is always ended."""
        if CONTINUES in trial.user_attrs:
            return False
        most = self.search.budget.trials
        before = self._catalogue.count(trials, trial.number)
        return self._is_late() or (most is not None and before >= most)

    def _draw(self) -> FrozenTrial | None:
        """A trial with its configuration, signed; None where it was given up meanwhile."""
        drawn = self.optuna.ask(self.search.space.distributions)
        trial = self.records.storage.get_trial(drawn._trial_id)
        return trial if self.adoption.sign(trial, key_of(self.words(trial))) else None

    def _assign(self, trial: FrozenTrial, check: Callable[[], None]) -> Assignment | None:
        """None where it is not to be run, and was told so."""
        key = key_of(self.words(trial))
        trials = self._wait_for_earlier(trial, check)
        if self._is_surplus(trial, trials):
            self.records.mark(trial, **{SURPLUS: True})
            self.records.end(trial, TrialState.FAIL)
            return None
        fate, other = self._catalogue.judge(trials, trial, key)
        if fate is Fate.NEW:
            return self._assignment(trial)
        self.records.mark(trial, **{SAME_AS: first_number(other)})
        if fate is not Fate.PENDING:
            self._copy(trial, other, _ENDS[fate])
        return None

    def _wait_for_earlier(self, trial: FrozenTrial, check: Callable[[], None]) -> list[FrozenTrial]:
        """Until all that were drawn before have said what they are, or are given up."""
        while True:
            trials = self._look()
            earlier = [t for t in self._catalogue.recent(trials) if t.number < trial.number]
            if all(KEY in t.user_attrs or t.state.is_finished() for t in earlier):
                return trials
            self.adoption.adopt(earlier)
            try:
                check()
            except BaseException:
                with suppress(Exception):  # a storage out of reach takes it for a death
                    self.records.mark(trial, **{STOPPED: True})
                raise
            time.sleep(_LOOK)

    def _settle(self) -> None:
        """Tells trials that repeat one which was running what came of it."""
        trials = self._look()
        for trial in self._catalogue.recent(trials):
            if trial.state is TrialState.RUNNING and SAME_AS in trial.user_attrs:
                origin = first_number(trials[trial.user_attrs[SAME_AS]])
                runs = [t for t in trials if first_number(t) == origin]
                other = max(
                    (t for t in runs if SAME_AS not in t.user_attrs), key=lambda t: t.number
                )
                if other.state.is_finished() and not is_abandoned(other):
                    self._copy(trial, other, other.state)

    def _copy(self, trial: FrozenTrial, other: FrozenTrial, state: TrialState) -> None:
        if state is TrialState.FAIL:
            reason = f"failed: trial {first_number(other)} was the same, and failed."
            self.records.mark(trial, **{REASON: reason})
        values = other.values if state is TrialState.COMPLETE else None
        self.records.end(trial, state, values)

    def _assignment(self, trial: FrozenTrial) -> Assignment:
        folders = self.folders(trial)
        search = self.search
        words = (*search.fixed, *self.words(trial), "judged=val")
        return Assignment(
            trial=first_number(trial),
            storage_id=trial._trial_id,
            folders=folders,
            commands=tuple(
                (
                    *search.labels.words(self._token, folder),
                    *words,
                    f"seed={seed}",
                    f"hydra.run.dir={in_hydra(str(folder))}",
                )
                for seed, folder in zip(search.seeds, folders, strict=True)
            ),
        )

    def _read(
        self, trial: FrozenTrial, assignment: Assignment, outcome: Outcome
    ) -> list[float] | None:
        try:
            figures = read_figures(outcome.folders or assignment.folders, self.search.objectives)
        except FigureError as error:
            self._blame(trial, assignment, outcome, f"failed: {error}")
            return None
        if any(figure.low is not None for figure in figures):
            ends = [[one.low, one.high] if one.low is not None else None for one in figures]
            self.records.mark(trial, **{INTERVALS: ends})
        return [figure.value for figure in figures]

    def _blame(
        self, trial: FrozenTrial, assignment: Assignment, outcome: Outcome, reason: str
    ) -> None:
        left = [folder for folder in assignment.folders if folder not in outcome.folders]
        guilty = (left or assignment.folders)[0]
        self.records.mark(trial, **{REASON: reason, LOG: f"{guilty}.out"})
