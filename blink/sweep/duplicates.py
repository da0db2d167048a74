"""The identical configuration is not trained twice."""

import hashlib
from collections.abc import Sequence
from enum import Enum, auto

from optuna.trial import FrozenTrial, TrialState

from blink.sweep.records import KEY, SAME_AS, SURPLUS, counts, is_own_fault

MOST_FAILURES = 2
"""A configuration that failed is tried once more when the sampler asks for it again."""


def key_of(words: Sequence[str]) -> str:
    """By this a configuration is known again, in whatever order it is said."""
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]


class Fate(Enum):
    """What becomes of a trial that was drawn."""

    NEW = auto()
    REPEATED = auto()
    PRUNED = auto()
    PENDING = auto()
    FAILED = auto()


class Catalogue:
    """Which configurations there have been; it looks at trials that have ended only once."""

    def __init__(self) -> None:
        self._settled = 0  # all trials before this number have ended
        self._by_key: dict[str, list[int]] = {}
        self._uncounted = 0  # of those before

    def update(self, trials: Sequence[FrozenTrial]) -> None:
        """Takes in the trials that have ended since."""
        for trial in trials[self._settled :]:
            if not trial.state.is_finished():
                break
            self._settled += 1
            self._uncounted += not counts(trial)
            if key := _key(trial):
                self._by_key.setdefault(key, []).append(trial.number)

    def recent(self, trials: Sequence[FrozenTrial]) -> Sequence[FrozenTrial]:
        """From the first one on that has not ended."""
        return trials[self._settled :]

    def count(self, trials: Sequence[FrozenTrial], before: int | None = None) -> int:
        """How many draws count against the budget, of all or of those before a number."""
        end = len(trials) if before is None else before
        return self._settled - self._uncounted + sum(map(counts, trials[self._settled : end]))

    def distinct(self, trials: Sequence[FrozenTrial]) -> int:
        """How many configurations were or are tried."""
        recent = {key for trial in self.recent(trials) if (key := _key(trial))}
        return len(self._by_key) + len(recent - self._by_key.keys())

    def judge(
        self, trials: Sequence[FrozenTrial], mine: FrozenTrial, key: str
    ) -> tuple[Fate, FrozenTrial]:
        """What becomes of a trial, and because of which other one.

        Of two that run at the same time the one of the lower number is trained. All lower ones must
        have their key by now, or have ended.
        """
        others = [t for t in self._of(trials, key) if t.number != mine.number]
        others = [t for t in others if SAME_AS not in t.user_attrs]
        for trial in others:
            if trial.state is TrialState.COMPLETE:
                return Fate.REPEATED, trial
            if trial.state is TrialState.PRUNED:
                return Fate.PRUNED, trial
        for trial in others:
            if not trial.state.is_finished() and trial.number < mine.number:
                return Fate.PENDING, trial
        failed = [trial for trial in others if is_own_fault(trial)]
        if len(failed) >= MOST_FAILURES:
            return Fate.FAILED, failed[-1]
        return Fate.NEW, mine

    def _of(self, trials: Sequence[FrozenTrial], key: str) -> list[FrozenTrial]:
        settled = [trials[number] for number in self._by_key.get(key, ())]
        return settled + [t for t in self.recent(trials) if _key(t) == key]


def _key(trial: FrozenTrial) -> str | None:
    """Of the configuration that was or is tried; None where none is."""
    return None if SURPLUS in trial.user_attrs else trial.user_attrs.get(KEY)
