"""A driver monitor: an alarm when both eyes stay closed."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from blink.target.behaviour import Behaviour
from blink.target.kinematics import add_closure, natural
from blink.target.product import Cause, Openness, Scores, Tally
from blink.target.products.counted import Watching, every_eye
from blink.target.products.runs import find_runs, frames_in
from blink.target.truth import truly_closed

_MARGIN_S = 5.0
"""No microsleep begins or ends so near to the ends of a session."""


class LongClosure(Watching):
    """Sounds an alarm once all eyes have counted as closed for some time.

    An opening that is shorter than a tolerated gap does not end a closure. While the eyes stay
    closed, the alarm sounds again and again. A microsleep is seen if an alarm sounds in it; any
    other alarm is a false one. What is a microsleep, the eyes' truth says (`truly_closed`).

    Microsleeps are rare, and what is rare takes long to simulate: one is planted in every session,
    and counts as many times as one is to be expected in so much driving.

    Attributes:
        eyes: How many are watched.
        unit: What one use is: as long as `minutes_per_use`.
        seconds: From so long a closure the alarm sounds.
        gap_s: Openings that are no longer do not end a closure.
        again_s: From one alarm to the next within a closure.
        minutes_per_use: Length of one use.
        minutes: Length of a session, a part of a use.
        microsleeps: So many are expected in one use.
        microsleep_s: From so long a closure is a microsleep.
        mean_s: Mean length of microsleeps.
    """

    eyes: Literal[1, 2] = 2
    unit: str = "hour of driving"
    seconds: float = Field(default=0.8, gt=0)
    gap_s: float = Field(default=0.1, ge=0)
    again_s: float = Field(default=5, gt=0)
    minutes_per_use: float = Field(default=60, gt=0)
    minutes: float = Field(default=5, ge=1)
    microsleeps: float = Field(default=0.05, ge=0)
    microsleep_s: float = Field(default=1, ge=0.5)
    mean_s: float = Field(default=2.5, gt=0, le=20)

    in_time: ClassVar[bool] = True
    is_timed: ClassVar[bool] = True
    searchable: ClassVar[frozenset[str]] = frozenset(
        ["seconds", "gap_s", "smoothing", "hysteresis"]
    )
    kinds: ClassVar[Mapping[str, str]] = {
        "missed_microsleep": "the eyes fell shut and no alarm sounded",
        "false_alarm": "an alarm sounded though the driver was awake",
    }
    causes: ClassVar[Mapping[str, Cause]] = {
        "missed_microsleep": "missed_closure",
        "false_alarm": "false_closure",
    }

    def frames_per_use(self, fps: float) -> float:
        """See `Product.frames_per_use`."""
        return 60 * self.minutes_per_use * fps

    def faults(self, fps: float) -> list[str]:
        """See `Product.faults`."""
        found = []
        if self.seconds * fps < 2:
            found.append(f"seconds: {self.seconds:g} at {fps:g} frames a second are under 2 frames")
        if self.minutes > self.minutes_per_use:
            found.append("minutes: a session is longer than the use that it is a part of")
        if self.mean_s < self.microsleep_s:
            found.append("mean_s: microsleeps are shorter than microsleep_s on average")
        return found

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """The driver blinks as ever, and once falls asleep: lids droop, stay down, spring open."""
        seconds = 60 * self.minutes
        openness = natural(rng, behaviour, sessions, seconds, fps)
        over = rng.exponential(self.mean_s - self.microsleep_s, sessions)
        length = np.minimum(self.microsleep_s + 1 / fps + over, 20)
        add_closure(
            openness,
            (True, True),
            rng.uniform(_MARGIN_S, seconds - _MARGIN_S - length),
            length,
            fps,
            flanks_s=(rng.uniform(0.2, 0.8, sessions), 0.15),
        )
        return openness[:, :, : self.eyes]

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """See `Product.play`."""
        sessions, frames, _ = openness.shape
        shut = find_runs(every_eye(truly_closed(openness)))
        asleep = shut.keep(shut.frames >= frames_in(self.microsleep_s, fps))
        alarms = self._alarms(every_eye(self.count_closed(p_closed, threshold)), fps)

        start = asleep.session * frames + asleep.start
        first, beyond = (
            np.searchsorted(alarms, start),
            np.searchsorted(alarms, start + asleep.frames),
        )
        seen = first < beyond
        false = np.bincount(alarms // frames, minlength=sessions).astype(np.float64)
        false -= np.bincount(asleep.session, beyond - first, sessions)
        late = (alarms[first[seen]] - start[seen] + 1) / fps
        hits = np.bincount(asleep.session, seen, sessions)
        planted = np.bincount(asleep.session, minlength=sessions)
        missed = 1 - hits / np.maximum(planted, 1)
        missed[planted == 0] = 0

        uses = frames / fps / 60 / self.minutes_per_use
        expected = self.microsleeps * uses
        with np.errstate(invalid="ignore"):  # 0 / 0 where no microsleep was seen: NaN
            seconds = np.bincount(asleep.session[seen], late, sessions) / hits
        return Tally(
            uses=np.full(sessions, uses),
            # A part of a use is good if no alarm was false in it and, microsleeps coming by chance,
            # none came that was missed.
            good=uses * (false == 0) * np.exp(-expected * missed),
            mistakes={"missed_microsleep": expected * missed, "false_alarm": false},
            seconds=seconds,
        )

    def _alarms(self, closed: NDArray[np.bool_], fps: float) -> NDArray[np.intp]:
        """Where alarms sound, as flat places in (sessions, frames), rising."""
        place: NDArray[np.intp] = np.flatnonzero(closed)
        session = place // closed.shape[1]
        begins = np.ones(len(place), np.bool_)
        gap = round(self.gap_s * fps)
        begins[1:] = (np.diff(place) > gap + 1) | (np.diff(session) > 0)
        lasted = place - place[begins][np.cumsum(begins) - 1] + 1
        needed, again = frames_in(self.seconds, fps), frames_in(self.again_s, fps)
        sounded = np.maximum((lasted - needed) // again + 1, 0)  # alarms of this closure so far
        before = np.concatenate([[0], sounded[:-1]])
        sounds: NDArray[np.bool_] = sounded > np.where(begins, 0, before)
        return place[sounds]
