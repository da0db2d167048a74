"""What a terminal shows of a study: a line for each trial that ended, how it goes, a table."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from optuna.trial import FrozenTrial, TrialState

from blink.sweep.records import REASON, SAME_AS, SURPLUS, counts, first_number, is_abandoned
from blink.sweep.search import Search


class News:
    """Trials that have ended since one last looked.

    Args:
        search: Of the study.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._told: set[int] = set()
        self._settled = 0

    def skip(self, trials: Sequence[FrozenTrial]) -> None:
        """Says nothing of what ended before."""
        for _ in self._ended(trials):
            pass

    def lines(self, trials: Sequence[FrozenTrial]) -> list[str]:
        """A line each."""
        return [self._line(trial) for trial in self._ended(trials)]

    def _ended(self, trials: Sequence[FrozenTrial]) -> Iterator[FrozenTrial]:
        while self._settled < len(trials) and trials[self._settled].state.is_finished():
            yield from self._new(trials[self._settled])
            self._told.discard(self._settled)
            self._settled += 1
        for trial in trials[self._settled :]:
            if trial.state.is_finished():
                yield from self._new(trial)
                self._told.add(trial.number)

    def _new(self, trial: FrozenTrial) -> Iterator[FrozenTrial]:
        if trial.number not in self._told and SURPLUS not in trial.user_attrs:
            yield trial

    def _line(self, trial: FrozenTrial) -> str:
        words = " ".join(_words(trial, self._search))
        return f"Trial {first_number(trial)}: {outcome_of(trial, self._search)}  {words}".rstrip()


def outcome_of(trial: FrozenTrial, search: Search) -> str:
    """How a trial ended, in a phrase."""
    notes = trial.user_attrs
    same = f" (as trial {notes[SAME_AS]}, not trained again)" if SAME_AS in notes else ""
    if trial.state is TrialState.COMPLETE:
        values = zip(search.objectives, trial.values, strict=True)
        return ", ".join(f"{one.metric} {value:.5g}" for one, value in values) + same
    if trial.state is TrialState.PRUNED:
        return "pruned, since others do better" + same
    if is_abandoned(trial):
        return f"{notes.get(REASON, 'Its worker died.')} It is gone on with."
    return str(notes.get(REASON, "failed; nobody knows why"))


def progress(trials: Sequence[FrozenTrial], search: Search, seconds: float) -> str:
    """How it goes, in a line."""
    states = Counter(map(_state, trials))
    parts = [f"{states[name]} {name}" for name in _ORDER if states[name]]
    counted = sum(map(counts, trials))
    budget = search.budget
    of_trials = f" of {budget.trials}" if budget.trials is not None else ""
    of_hours = f" of {budget.hours:g}" if budget.hours is not None else ""
    told = f"{counted}{of_trials} trials ({', '.join(parts) or 'none yet'})"
    return f"{told}, {seconds / 3600:.2f}{of_hours} hours"


_ORDER = ("finished", "repeated", "pruned", "failed", "running", "waiting", "begun again")


def _state(trial: FrozenTrial) -> str:
    notes = trial.user_attrs
    if is_abandoned(trial):
        return "begun again"
    if SURPLUS in notes:
        return "surplus"
    if SAME_AS in notes and trial.state is TrialState.COMPLETE:
        return "repeated"
    names = {
        TrialState.COMPLETE: "finished",
        TrialState.PRUNED: "pruned",
        TrialState.FAIL: "failed",
        TrialState.RUNNING: "running",
        TrialState.WAITING: "waiting",
    }
    return names[trial.state]


def summary(trials: Sequence[FrozenTrial], search: Search) -> str:
    """All trials, the best first by the first objective, for the end."""
    heads = ["trial", *(one.metric for one in search.objectives), "seconds", "what it sets"]
    first = search.objectives[0]
    sign = -1 if first.direction == "maximize" else 1
    ended = [t for t in trials if t.state.is_finished() and not _is_left_out(t)]
    ended.sort(key=lambda t: sign * t.values[0] if t.state is TrialState.COMPLETE else math.inf)
    rows = [heads]
    for trial in ended:
        values = trial.values if trial.state is TrialState.COMPLETE else None
        told = [f"{v:.5g}" for v in values] if values else [_state(trial)]
        told += [""] * (len(search.objectives) - len(told))
        seconds = "" if trial.duration is None else f"{trial.duration.total_seconds():.0f}"
        words = " ".join(_words(trial, search))
        rows.append([f"{first_number(trial)}", *told, seconds, words])
    widths = [max(len(row[n]) for row in rows) for n in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n" + "\n".join(lines)


def _is_left_out(trial: FrozenTrial) -> bool:
    """What is told by another line."""
    return is_abandoned(trial) or bool(trial.user_attrs.keys() & {SURPLUS, SAME_AS})


def _words(trial: FrozenTrial, search: Search) -> tuple[str, ...]:
    is_whole = trial.params.keys() == search.space.distributions.keys()
    return search.space.words(trial.params) if is_whole else ()
