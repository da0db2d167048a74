"""The trials of a study as its storage holds them, and the few words that are noted beside them."""

from typing import Any, Final

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

KEY: Final = "key"
"""Hash of the configuration, without its seeds."""
WORKER: Final = "worker"
"""The process that runs it."""
BEAT: Final = "beat"
"""A number that grows while it is run, for other machines."""
SAME_AS: Final = "same_as"
"""Number under which the runs of the same configuration lie, whose values it gets."""
CONTINUES: Final = "continues"
"""Number of the trial that it goes on with, whose worker died; its runs lie under that number."""
ATTEMPT: Final = "attempt"
"""How often it was begun."""
DEATHS: Final = "deaths"
"""How many workers died who ran it."""
STOPPED: Final = "stopped"
"""Its worker was told to stop, and has let its run end: that is no death."""
ABANDONED: Final = "abandoned"
"""It was to be given up since its worker is gone; see `is_abandoned`."""
SURPLUS: Final = "surplus"
"""It was drawn when the budget had just been used up, and never begun."""
REASON: Final = "reason"
"""Why it failed, in a line."""
LOG: Final = "log"
"""Where to read more of that."""
INTERVALS: Final = "intervals"
"""Of each objective, the ends of its interval over people, or null."""


class Records:
    """The trials of a study.

    Args:
        study: Of Optuna.
    """

    def __init__(self, study: optuna.Study) -> None:
        self.study = study
        self.storage = study._storage  # `study.trials` would copy thousands of trials each time
        self.study_id = study._study_id

    def all(self) -> list[FrozenTrial]:
        """All trials in order of their numbers; they are the storage's own, not to be changed."""
        return self.storage.get_all_trials(self.study_id, deepcopy=False)

    def notes(self) -> dict[str, Any]:
        """What is noted of the whole study."""
        return self.storage.get_study_user_attrs(self.study_id)

    def note(self, name: str, value: Any) -> None:
        """Notes something of the whole study."""
        self.storage.set_study_user_attr(self.study_id, name, value)

    def mark(self, trial: FrozenTrial, **marks: Any) -> bool:
        """Notes something of a trial; False where somebody has ended it meanwhile."""
        try:
            for name, value in marks.items():
                self.storage.set_trial_user_attr(trial._trial_id, name, value)
        except UpdateFinishedTrialError:
            return False
        return True

    def end(self, trial: FrozenTrial, state: TrialState, values: list[float] | None = None) -> bool:
        """Ends a trial that runs; False where somebody else has done so, as only one can."""
        if self.storage.get_trial(trial._trial_id).state is not TrialState.RUNNING:
            return False
        try:
            if state is TrialState.PRUNED and len(self.study.directions) > 1:
                # Optuna's own `tell` would give it the last value of its curve for all of them.
                self.storage.set_trial_state_values(trial._trial_id, state)
            else:
                self.study.tell(trial.number, values, state)
        except UpdateFinishedTrialError:
            return False
        except ValueError:  # "Cannot tell a FAIL trial."
            if self.storage.get_trial(trial._trial_id).state is TrialState.RUNNING:
                raise
            return False
        except RuntimeError:
            # A sampler of grids that has no more to give stops the loop of `optimize`, which nobody
            # runs here; the trial has been ended.
            return self.storage.get_trial(trial._trial_id).state is state
        return True


def is_abandoned(trial: FrozenTrial) -> bool:
    """Whether another trial goes on with it.

    Where its worker was not dead at all, and ended it before whoever gave it up could, it is not.
    """
    return trial.state is TrialState.FAIL and ABANDONED in trial.user_attrs


def is_own_fault(trial: FrozenTrial) -> bool:
    """Whether it failed as it was run, not for want of a worker or of budget."""
    notes = trial.user_attrs
    return trial.state is TrialState.FAIL and not notes.keys() & {ABANDONED, SURPLUS, SAME_AS}


def counts(trial: FrozenTrial) -> bool:
    """Whether it counts against the budget.

    What goes on with another one does not, nor what was never begun: drawn when the budget had just
    been used up, or lost before it was a configuration.
    """
    notes = trial.user_attrs
    is_lost = trial.state.is_finished() and KEY not in notes
    return not is_lost and not notes.keys() & {CONTINUES, SURPLUS}


def first_number(trial: FrozenTrial) -> int:
    """The number under which its runs lie."""
    return int(trial.user_attrs.get(CONTINUES, trial.number))
