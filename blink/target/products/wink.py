"""Dating by winks: a profile is liked by closing one eye."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from blink.target.behaviour import Behaviour
from blink.target.kinematics import add_closure, natural
from blink.target.product import Cause, Openness, Scores, Tally
from blink.target.products.counted import Watching
from blink.target.products.runs import faults_of_length, find_runs, frames_in, run_limits
from blink.target.truth import truly_closed

MEANT_MS: Final = 100
"""One eye that is closed alone for so long is meant to be; in a blink one lags by far less."""
_FEWEST_FPS: Final = 15
"""Below, a blink whose eyes lag looks like a short wink."""
_MARGIN_S: Final = 1.0
"""So long after a profile appears, and before it goes, nobody winks."""
_STEADY_S: Final = 0.4
"""Nobody blinks so shortly before or after a wink."""


class Wink(Watching):
    """Likes a profile when one eye is closed for a while and the other is open.

    Each profile is shown for the same time, and belongs to whatever wink ends while it is shown; a
    second wink at it changes nothing. What was meant is what eyes truly did, half-closed ones being
    what they are nearer to (`truly_closed`): one closed alone for at least `MEANT_MS`.

    Attributes:
        eyes: Both.
        unit: What one use is.
        shortest_ms: From so long a closure is a wink, milliseconds.
        longest_ms: Up to so long.
        profile_s: How long a profile is shown.
        profiles: Profiles of a session.
        liked: Share of profiles at which the user winks.
        wink_ms: Mean length of a wink, lids shut.
        wink_spread: Standard deviation of the logarithm of that length.
    """

    eyes: Literal[2] = 2
    unit: str = "profile"
    shortest_ms: float = Field(default=150, gt=0)
    longest_ms: float = Field(default=600, gt=0)
    profile_s: float = Field(default=5, ge=3)
    profiles: int = Field(default=12, ge=1)
    liked: float = Field(default=0.2, ge=0, le=1)
    wink_ms: float = Field(default=300, gt=0, le=1000)
    wink_spread: float = Field(default=0.2, ge=0, le=1)

    in_time: ClassVar[bool] = True
    is_timed: ClassVar[bool] = True
    searchable: ClassVar[frozenset[str]] = frozenset(
        ["shortest_ms", "longest_ms", "smoothing", "hysteresis"]
    )
    kinds: ClassVar[Mapping[str, str]] = {
        "wrong_like": "a like was sent without a wink",
        "missed_wink": "a wink was not seen, and has to be repeated",
    }
    causes: ClassVar[Mapping[str, Cause]] = {
        "wrong_like": "false_closure",
        "missed_wink": "missed_closure",
    }

    def frames_per_use(self, fps: float) -> float:
        """See `Product.frames_per_use`."""
        return self.profile_s * fps

    def faults(self, fps: float) -> list[str]:
        """See `Product.faults`."""
        found = []
        if fps < _FEWEST_FPS:
            found.append(f"eyes: winks need {_FEWEST_FPS} frames a second, not {fps:g}")
        return [*found, *faults_of_length(self.shortest_ms, self.longest_ms, fps)]

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """The user looks at profiles, blinks as ever, and winks at some, with their better eye."""
        shown = frames_in(self.profile_s, fps)
        openness = natural(rng, behaviour, sessions, self.profiles * shown / fps, fps)
        each = openness.reshape(-1, shown, 2)  # a view: what happens to a profile is in the session
        count = len(each)
        start = rng.uniform(_MARGIN_S, shown / fps - _MARGIN_S - self.wink_ms / 1e3, count)
        length = (
            self.wink_ms / 1e3 * rng.lognormal(-(self.wink_spread**2) / 2, self.wink_spread, count)
        )
        start[rng.random(count) >= self.liked] = np.nan
        _steady(each, start, length, fps)
        better = bool(rng.integers(2))
        add_closure(
            each, (better, not better), start, length, fps, squint=rng.uniform(0, 0.3, count)
        )
        return openness

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """See `Product.play`."""
        shown = frames_in(self.profile_s, fps)
        limits = run_limits(self.shortest_ms, self.longest_ms, fps)
        meant_limits = run_limits(MEANT_MS, 1e3 * openness.shape[1] / fps, fps)
        _, seen = _winks(self.count_closed(p_closed, threshold), limits, shown)
        begun, _ = _winks(truly_closed(openness), meant_limits, shown)
        is_meant, is_sent = np.isfinite(begun), np.isfinite(seen)
        hit = is_meant & is_sent
        return Tally(
            uses=np.full(len(hit), float(hit.shape[1])),
            good=np.sum(is_meant == is_sent, axis=1, dtype=np.float64),
            mistakes={
                "wrong_like": np.sum(is_sent & ~is_meant, axis=1, dtype=np.float64),
                "missed_wink": np.sum(is_meant & ~is_sent, axis=1, dtype=np.float64),
            },
            seconds=_mean(np.maximum(seen - np.where(hit, begun, 0), 0) / fps, hit),
        )


def _winks(
    closed: NDArray[np.bool_], limits: tuple[int, int], shown: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frames at which the first wink at each profile begins and ends; infinite where none.

    Args:
        closed: (sessions, frames, 2).
        limits: Fewest and most frames of a wink.
        shown: Frames of a profile.

    Returns:
        (sessions, profiles) twice.
    """
    sessions, frames, _ = closed.shape
    shape = sessions, -(-frames // shown)
    begins, ends = np.full(shape, np.inf), np.full(shape, np.inf)
    for eye in (0, 1):
        alone = find_runs(closed[:, :, eye] & ~closed[:, :, 1 - eye])
        winks = alone.keep(
            alone.is_whole & (alone.frames >= limits[0]) & (alone.frames <= limits[1])
        )
        place = winks.session, winks.stop // shown
        np.minimum.at(begins, place, winks.start)
        np.minimum.at(ends, place, winks.stop)
    return begins, ends


def _steady(
    openness: Openness, start: NDArray[np.float64], length: NDArray[np.float64], fps: float
) -> None:
    """Lets eyes rest around a wink, in place: who means to wink does not blink meanwhile."""
    time = np.arange(openness.shape[1]) / fps
    since = time - start[:, None]  # NaN, and hence nothing, where there is no wink
    is_near = (since > -_STEADY_S) & (since < length[:, None] + _STEADY_S)
    resting = np.median(openness, axis=1, keepdims=True)
    np.copyto(openness, resting, where=is_near[:, :, None])


def _mean(values: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(sessions,) mean of (sessions, N) where it is so, NaN where it never is."""
    count = where.sum(axis=1)
    total = np.sum(values, axis=1, where=where)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
