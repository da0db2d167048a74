"""Trials whose worker is gone are gone on with, by whoever comes first."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

from optuna.trial import FrozenTrial, TrialState, create_trial

from blink.runs import State, read_run
from blink.runs.process import Process, this_process
from blink.sweep.records import (
    ABANDONED,
    ATTEMPT,
    BEAT,
    CONTINUES,
    DEATHS,
    KEY,
    REASON,
    SAME_AS,
    STOPPED,
    WORKER,
    Records,
    first_number,
    is_abandoned,
)

MOST_DEATHS: Final = 3
"""A trial whose worker has died so often is what kills workers."""

BEAT_SECONDS: Final = 60.0
SILENCE_SECONDS: Final = 300.0
"""A worker on another machine that has not been heard of for so long is dead."""

DRAWING_SECONDS: Final = 60.0
"""Nobody takes longer to draw a trial and sign it."""

_LAST_BEAT: Final = 1.0
"""Seconds that a beat which is being told may still take."""

_RUNG: Final = "completed_rung_"
"""What a pruner noted of its curve, which begins again."""


@dataclass(frozen=True)
class _Word:
    """What was last heard of a trial, when, and whether it was another word than the one before."""

    last: object
    since: float
    is_news: bool


class Adoption:
    """Watches who runs what.

    Args:
        records: Of the study.
        folders: Where the runs of a trial are.
        silence: See `SILENCE_SECONDS`.
        drawing: See `DRAWING_SECONDS`.
    """

    def __init__(
        self,
        records: Records,
        folders: Callable[[FrozenTrial], Sequence[Path]],
        silence: float = SILENCE_SECONDS,
        drawing: float = DRAWING_SECONDS,
    ) -> None:
        self._records = records
        self._folders = folders
        self._silence = silence
        self._drawing = drawing
        self._heard: dict[int, _Word] = {}
        self._stop: Event | None = None
        self._beating: Thread | None = None

    def sign(self, trial: FrozenTrial, key: str) -> bool:
        """Says that this process runs it; False where somebody has given it up meanwhile."""
        return self._records.mark(trial, **{KEY: key, WORKER: asdict(this_process())})

    def begin(self, trial: FrozenTrial) -> None:
        """Tells other machines once a minute that the trial is run, until `finish`."""
        self.finish()
        self._stop = Event()
        self._beating = Thread(target=self._beat, args=(trial, self._stop), daemon=True)
        self._beating.start()

    def finish(self) -> None:
        """Is silent from now on."""
        if self._stop is not None and self._beating is not None:
            self._stop.set()
            self._beating.join(_LAST_BEAT)
            self._stop = self._beating = None

    def _beat(self, trial: FrozenTrial, stop: Event) -> None:
        count = 0
        while not stop.wait(BEAT_SECONDS):
            count += 1
            # A storage that cannot be reached now is told the next time, or is as if it were dead.
            with suppress(Exception):
                self._records.mark(trial, **{BEAT: count})

    def adopt(self, trials: Sequence[FrozenTrial]) -> int:
        """Gives up the trials whose worker is gone, and puts them in the queue again.

        Args:
            trials: Those that may be running.

        Returns:
            How many.
        """
        lost = [trial for trial in trials if self._is_lost(trial)]
        return sum(self._give_up(trial) for trial in lost)

    def mend(self, trials: Sequence[FrozenTrial]) -> int:
        """Puts in the queue what somebody gave up who was killed before he could do so.

        Where he was only slow it is there twice: the second one is then the same as the first.

        Returns:
            How many.
        """
        going_on = {_attempt_of(trial) for trial in trials if CONTINUES in trial.user_attrs}
        lost = [trial for trial in trials if is_abandoned(trial) and KEY in trial.user_attrs]
        lost = [t for t in lost if (first_number(t), _attempt_of(t)[1] + 1) not in going_on]
        for trial in lost:
            self._put_back(trial, trial.user_attrs.get(DEATHS, 1))
        return len(lost)

    def is_in_doubt(self, trial: FrozenTrial) -> bool:
        """Whether a trial may still have to be adopted by whoever waits for that.

        Its worker is gone and has left something running, or is elsewhere, and was not heard of
        since this process first looked, or not lately.
        """
        if not _is_run(trial):
            return False
        if WORKER in trial.user_attrs and (worker := Process(**trial.user_attrs[WORKER])).is_here:
            return not worker.is_alive
        word = self._heard.get(trial.number)
        is_recent = word is not None and time.monotonic() - word.since < 2 * BEAT_SECONDS
        return word is None or not word.is_news or not is_recent

    def _is_lost(self, trial: FrozenTrial) -> bool:
        if not _is_run(trial):
            return False
        if WORKER not in trial.user_attrs:
            return self._has_been_silent(trial, "drawing", self._drawing)
        worker = Process(**trial.user_attrs[WORKER])
        if worker.is_here:
            is_gone = not worker.is_alive
        else:
            beat = trial.user_attrs.get(BEAT, 0)
            is_gone = self._has_been_silent(trial, beat, self._silence)
        # What a dead worker has left running must end first: two do not fit into a folder.
        return is_gone and not any(_is_running(folder) for folder in self._folders(trial))

    def _has_been_silent(self, trial: FrozenTrial, heard: object, patience: float) -> bool:
        """By the clock of this process alone."""
        now, word = time.monotonic(), self._heard.get(trial.number)
        if word is None or word.last != heard:
            word = self._heard[trial.number] = _Word(heard, now, is_news=word is not None)
        return now - word.since >= patience

    def _give_up(self, trial: FrozenTrial) -> bool:
        was_stopped = STOPPED in trial.user_attrs or any(
            read_run(folder).state is State.STOPPED for folder in self._folders(trial)
        )
        deaths = int(trial.user_attrs.get(DEATHS, 0)) + (not was_stopped)
        if deaths >= MOST_DEATHS:
            reason = f"failed: its worker died {MOST_DEATHS} times."
            return self._records.mark(trial, **{REASON: reason}) and self._records.end(
                trial, TrialState.FAIL
            )
        reason = "It was stopped." if was_stopped else "Its worker died."
        if not self._records.mark(trial, **{ABANDONED: True, REASON: reason, DEATHS: deaths}):
            return False
        if not self._records.end(trial, TrialState.FAIL):
            return False  # somebody else was faster
        if KEY in trial.user_attrs:
            self._put_back(trial, deaths)
        return True

    def _put_back(self, trial: FrozenTrial, deaths: int) -> None:
        number, attempt = _attempt_of(trial)
        # What the sampler noted of it goes along, such as its place in a grid.
        noted = {k: v for k, v in trial.system_attrs.items() if not k.startswith(_RUNG)}
        marks = {KEY: trial.user_attrs[KEY], CONTINUES: number, ATTEMPT: attempt + 1}
        marks[DEATHS] = deaths
        self._records.study.add_trial(
            create_trial(
                state=TrialState.WAITING,
                system_attrs={"fixed_params": trial.params} | noted,
                user_attrs=marks,
            )
        )


def _is_run(trial: FrozenTrial) -> bool:
    """Whether somebody should be running it."""
    return trial.state is TrialState.RUNNING and SAME_AS not in trial.user_attrs


def _attempt_of(trial: FrozenTrial) -> tuple[int, int]:
    return first_number(trial), int(trial.user_attrs.get(ATTEMPT, 1))


def _is_running(folder: Path) -> bool:
    return folder.is_dir() and read_run(folder).state is State.RUNNING
