"""Care for dry eyes: a reminder to blink when somebody hardly does."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from blink.target.behaviour import Behaviour
from blink.target.kinematics import natural
from blink.target.product import Cause, Openness, Scores, Tally
from blink.target.products.counted import Watching, every_eye
from blink.target.products.runs import faults_of_length, find_runs, run_limits
from blink.target.truth import truly_closed

_FEWEST_FPS: Final = 12
"""Below, many blinks fall between two frames."""


class CountBlinks(Watching):
    """Reminds the user to blink after some minutes in which they blinked too rarely.

    A blink is a time, not too long, in which all eyes count as closed. Only complete blinks wet an
    eye, so only these are to be counted: the truth knows those that leave an eye less than halfway
    open (`truly_closed`), and whoever counts incomplete ones as well misses reminders. A reminder
    is wrong, or missed, only where the true rate is clearly above the limit, or clearly below.

    Attributes:
        eyes: How many are watched.
        unit: What one use is.
        minutes: Length of one use.
        remind_below: Complete blinks a minute.
        margin: Share of that limit within which no reminder, and no silence, is a mistake.
        shortest_ms: From so long a closure is a blink, milliseconds.
        longest_ms: Up to so long: longer ones are eyes that rest.
    """

    eyes: Literal[1, 2] = 2
    unit: str = "ten minutes of screen work"
    minutes: float = Field(default=10, gt=0)
    remind_below: float = Field(default=5, gt=0)
    margin: float = Field(default=0.15, ge=0, lt=1)
    shortest_ms: float = Field(default=20, gt=0)
    longest_ms: float = Field(default=500, gt=0)

    in_time: ClassVar[bool] = True
    is_timed: ClassVar[bool] = False
    searchable: ClassVar[frozenset[str]] = frozenset(
        ["shortest_ms", "longest_ms", "smoothing", "hysteresis"]
    )
    kinds: ClassVar[Mapping[str, str]] = {
        "wrong_reminder": "told to blink, though they do",
        "missed_reminder": "not told to blink, though they hardly do",
    }
    causes: ClassVar[Mapping[str, Cause]] = {
        "wrong_reminder": "missed_closure",
        "missed_reminder": "false_closure",
    }

    def frames_per_use(self, fps: float) -> float:
        """See `Product.frames_per_use`."""
        return 60 * self.minutes * fps

    def faults(self, fps: float) -> list[str]:
        """See `Product.faults`."""
        found = []
        if fps < _FEWEST_FPS:
            found.append(f"eyes: blinks need {_FEWEST_FPS} frames a second, not {fps:g}")
        return [*found, *faults_of_length(self.shortest_ms, self.longest_ms, fps)]

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """The user works at a screen and blinks as ever."""
        return natural(rng, behaviour, sessions, 60 * self.minutes, fps)[:, :, : self.eyes]

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """See `Product.play`."""
        sessions, frames, _ = openness.shape
        minutes = frames / fps / 60
        counted = every_eye(self.count_closed(p_closed, threshold))
        rate = _blinks(counted, run_limits(self.shortest_ms, self.longest_ms, fps)) / minutes
        reminded = rate < self.remind_below
        true_rate = _blinks(every_eye(truly_closed(openness)), (1, frames)) / minutes
        wrong = reminded & (true_rate >= self.remind_below * (1 + self.margin))
        missed = ~reminded & (true_rate < self.remind_below * (1 - self.margin))
        return Tally(
            uses=np.ones(sessions),
            good=(~wrong & ~missed).astype(np.float64),
            mistakes={
                "wrong_reminder": wrong.astype(np.float64),
                "missed_reminder": missed.astype(np.float64),
            },
            seconds=np.full(sessions, np.nan),
        )


def _blinks(closed: NDArray[np.bool_], limits: tuple[int, int]) -> NDArray[np.intp]:
    """(sessions,) how many closures in (sessions, frames) last from fewest to most frames."""
    runs = find_runs(closed)
    blinks = runs.keep((runs.frames >= limits[0]) & (runs.frames <= limits[1]))
    return np.bincount(blinks.session, minlength=len(closed))
