"""A log-in by the iris: wait for open eyes, take the picture, match it."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import numpy as np
from pydantic import Field

from blink.contract import OPEN_FROM
from blink.target.behaviour import Behaviour
from blink.target.kinematics import natural
from blink.target.product import Cause, Openness, Scores, Tally
from blink.target.products.counted import Watching, every_eye
from blink.target.products.runs import InARow, frames_in

STEADY_S: Final = 0.2
"""Who keeps their eyes open for so long, seconds, has done their part."""


class WaitForOpen(Watching):
    """Captures the iris once all eyes have counted as open for some frames in a row.

    The capture is the last of these frames. The match succeeds if each eye is truly open in it:
    half-closed lids hide too much of an iris. If one is not, or if the time is out, the user is
    asked to try again, until the retries are used up or the patience is.

    Attributes:
        eyes: How many have to be open.
        unit: What one use is.
        frames: Open frames in a row before the capture.
        timeout_s: Longest wait of one attempt.
        retries: Attempts after the first.
        pause_s: From a failed attempt to the next.
        patience_s: After so long the user gives up.
    """

    eyes: Literal[1, 2] = 2
    unit: str = "log-in"
    frames: int = Field(default=3, ge=1)
    timeout_s: float = Field(default=5, gt=0)
    retries: int = Field(default=2, ge=0)
    pause_s: float = Field(default=1, ge=0)
    patience_s: float = Field(default=20, gt=0)

    in_time: ClassVar[bool] = True
    is_timed: ClassVar[bool] = True
    searchable: ClassVar[frozenset[str]] = frozenset(
        ["frames", "timeout_s", "retries", "smoothing", "hysteresis"]
    )
    kinds: ClassVar[Mapping[str, str]] = {
        "bad_capture": "asked to try again, since an eye was not open in the picture",
        "needless_timeout": "asked to try again, though the eyes were open",
        "refused": "not let in after the last attempt",
    }
    causes: ClassVar[Mapping[str, Cause]] = {
        "bad_capture": "missed_closure",
        "needless_timeout": "false_closure",
        # Nobody blinks in every attempt: who is never let in is somebody whose open eyes count as
        # closed.
        "refused": "false_closure",
    }

    def frames_per_use(self, fps: float) -> float:
        """See `Product.frames_per_use`."""
        return self.frames + self.smoothing // 2

    def faults(self, fps: float) -> list[str]:
        """See `Product.faults`."""
        if self.frames > self.timeout_s * fps:
            return [f"frames: {self.frames} at {fps:g} a second outlast timeout_s {self.timeout_s}"]
        return []

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """The user looks into the camera and blinks as ever, until their patience ends."""
        return natural(rng, behaviour, sessions, self.patience_s, fps)[:, :, : self.eyes]

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """See `Product.play`."""
        is_open = every_eye(openness >= np.float32(OPEN_FROM))
        counts_open = every_eye(~self.count_closed(p_closed, threshold))
        ready, steady = InARow(counts_open, self.frames), InARow(is_open, frames_in(STEADY_S, fps))
        sessions, frames = is_open.shape
        wait, pause = frames_in(self.timeout_s, fps), round(self.pause_s * fps)
        mistakes = {kind: np.zeros(sessions) for kind in self.kinds}
        seconds = np.full(sessions, np.nan)
        start, tries = np.zeros(sessions, np.intp), np.ones(sessions, np.bool_)
        for attempt in range(self.retries + 1):
            end = np.minimum(start + wait, frames)
            picture = ready.first(start)
            captured = tries & (picture < end)
            matched = captured & is_open[np.arange(sessions), np.minimum(picture, frames - 1)]
            seconds[matched] = (picture[matched] + 1) / fps
            is_bad = captured & ~matched
            is_needless = tries & ~captured & (steady.first(start) < end)
            start = np.where(captured, picture + 1, end) + pause
            asked = (start < frames) & (attempt < self.retries)
            mistakes["bad_capture"] += is_bad & asked
            mistakes["needless_timeout"] += is_needless & asked
            mistakes["refused"] += (is_bad | is_needless) & ~asked
            tries &= ~matched & asked
        spotless = np.sum(list(mistakes.values()), axis=0) == 0
        good = (spotless & ~np.isnan(seconds)).astype(np.float64)
        return Tally(np.ones(sessions), good, mistakes, seconds)
