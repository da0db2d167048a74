"""How lids move: the true openness of two eyes over time, for natural blinks and meant closures.

Every movement is one curve of three phases: down, closed, up. The lid falls in half of the time
that it takes to rise; it rises fast at first and creeps over the last part (VanderWerf et al. 2003,
"Eyelid movements: behavioral studies of blinking in humans"; Kwon et al. 2013, "High-speed camera
characterization of voluntary eye blinking kinematics"; Sforza et al. 2008 see 1.4 to 1.5 times the
speed). Blinks follow each other after intervals that are highly skewed: most are short, a few are
long (Cruz et al. 2011, "Spontaneous interblink time distributions").

A frame is an instant: frame i is seen at i / fps seconds, so a blink may fall between two frames.
An eye is *closed* up to `CLOSED_UNTIL` and *open* from `OPEN_FROM`, see `blink.contract.labels`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blink.contract import CLOSED_UNTIL
from blink.target.behaviour import Behaviour
from blink.target.product import Openness

FLANKS_S: Final = (0.08, 0.16)
"""How long lids that are meant to close take for it, and how long to open again, seconds."""

_PHASES: Final = (0.27, 0.2, 0.53)
"""Shares of a blink's length: down, closed, up."""
_INTERVAL_SPREAD: Final = 0.75
"""Deviation of the logarithm of the interval from blink to blink."""
_LENGTH_SPREAD: Final = 0.25
"""Deviation of the logarithm of a blink's length."""
_LEAD_S: Final = 2.0
"""So long before the first frame blinks begin, that one may be under way in it."""

_Floats = NDArray[np.float64]


def natural(
    rng: np.random.Generator, behaviour: Behaviour, sessions: int, seconds: float, fps: float
) -> Openness:
    """What the eyes of one user do when nobody asks them for anything.

    Args:
        rng: Random numbers; the first of them make the user.
        behaviour: Of all users; this one blinks more or less often than their mean.
        sessions: How many.
        seconds: Length of each, of which `seconds` × `fps` frames are seen, one at least.
        fps: Frames a second.

    Returns:
        (sessions, frames, 2), the person's left eye first.
    """
    frames = max(1, round(seconds * fps))
    per_second = behaviour.blinks_per_minute / 60
    per_second *= np.exp(rng.normal(-(behaviour.spread**2) / 2, behaviour.spread))
    openness = _resting(rng, sessions, frames, fps)
    if per_second > 0:
        starts = _blink_starts(rng, per_second, sessions, frames / fps + _LEAD_S) - _LEAD_S
        session, number = np.nonzero(starts < frames / fps)
        _close(openness, _blinks(rng, behaviour, session, starts[session, number]), fps)
    return openness


def add_closure(
    openness: Openness,
    eyes: ArrayLike,
    start_s: ArrayLike,
    length_s: ArrayLike,
    fps: float,
    flanks_s: tuple[ArrayLike, ArrayLike] = FLANKS_S,
    squint: ArrayLike = 0.0,
) -> None:
    """Closes eyes once in each session, in place: a wink, a closure that is meant, a microsleep.

    An eye that was open before is closed (openness 0) in exactly the frames at `start_s` ≤ t <
    `start_s` + `length_s`; it moves before and after that, in the two flanks.
    Nothing is opened by it: what was more closed stays so.

    Args:
        openness: (sessions, frames, 2).
        eyes: Which eyes, broadcast to (sessions, 2) booleans: `(True, False)` is the left one.
        start_s: When the eye is shut, seconds from the first frame, broadcast to (sessions,) like
            all that follow; NaN for sessions without a closure. It may lie before the first frame.
        length_s: How long it is shut, seconds.
        fps: Frames a second.
        flanks_s: How long the lid falls before that, where a second or more is a droop, and how
            long it rises after that.
        squint: Share of its opening that the other eye loses for as long; 0 for none.
    """
    sessions = len(openness)
    chosen = np.broadcast_to(np.asarray(eyes, bool), (sessions, 2))
    start, length, closing, opening, squinting = (
        np.broadcast_to(np.asarray(value, np.float64), sessions)
        for value in (start_s, length_s, *flanks_s, squint)
    )
    bottom = np.where(chosen, 0.0, 1 - squinting[:, None])
    session, eye = np.nonzero((bottom < 1) & ~np.isnan(start)[:, None])
    closures = _Closures(
        session=session,
        eye=eye,
        start=start[session],
        length=length[session],
        closing=closing[session],
        opening=opening[session],
        bottom=bottom[session, eye],
    )
    _close(openness, closures, fps)


@dataclass(frozen=True)
class _Closures:
    """Movements of single eyes; every array is (N,).

    Attributes:
        session: In which session.
        eye: Of which eye, 0 or 1.
        start: When the lid is down, seconds.
        length: How long it stays there.
        closing: How long it falls before.
        opening: How long it rises after.
        bottom: What is left of the eye's openness then, as a share; 0 closes it.
    """

    session: NDArray[np.intp]
    eye: NDArray[np.intp]
    start: _Floats
    length: _Floats
    closing: _Floats
    opening: _Floats
    bottom: _Floats


def _resting(rng: np.random.Generator, sessions: int, frames: int, fps: float) -> Openness:
    """Eyes that rest near wide open; the lids of both drift together by a few hundredths."""
    rest = 1 - 0.5 * rng.beta(2, 12) - np.abs(rng.normal(0, 0.015, 2))
    time = np.arange(frames, dtype=np.float32) / np.float32(fps)
    drift = np.zeros((sessions, frames), np.float32)
    for period in (3.1, 8.3, 23.0):
        phase = rng.uniform(0, 2 * np.pi, (sessions, 1)).astype(np.float32)
        drift += np.float32(0.015) * np.sin(np.float32(2 * np.pi / period) * time + phase)
    return np.minimum(drift[:, :, None] + rest.astype(np.float32), np.float32(1))


def _blink_starts(
    rng: np.random.Generator, per_second: float, sessions: int, seconds: float
) -> _Floats:
    """(sessions, N) times at which lids begin to fall, rising, the last of each past the end."""
    middle = -np.log(per_second) - _INTERVAL_SPREAD**2 / 2  # so that the mean interval is 1 / rate
    # A session begins somewhere within an interval, more likely within a long one.
    around = rng.lognormal(middle + _INTERVAL_SPREAD**2, _INTERVAL_SPREAD, (sessions, 1))
    starts = around * rng.random((sessions, 1))
    more = int(seconds * per_second) + 4
    while (starts[:, -1] < seconds).any():
        intervals = rng.lognormal(middle, _INTERVAL_SPREAD, (sessions, more))
        starts = np.hstack([starts, starts[:, -1:] + np.cumsum(intervals, axis=1)])
    return starts


def _blinks(
    rng: np.random.Generator, behaviour: Behaviour, session: NDArray[np.intp], begins: _Floats
) -> _Closures:
    """Blinks of both eyes, one of them a little late."""
    count = len(begins)
    middle = np.log(behaviour.blink_ms / 1e3) - _LENGTH_SPREAD**2 / 2
    length = rng.lognormal(middle, _LENGTH_SPREAD, count)
    left_over = rng.uniform(0.1, 0.6, count)
    bottom = np.where(rng.random(count) < behaviour.incomplete, left_over, 0.0)
    lag = rng.exponential(behaviour.asynchrony_ms / 1e3, count)
    late = rng.integers(2, size=count)
    down, shut, up = (np.repeat(share * length, 2) for share in _PHASES)
    eye = np.tile((0, 1), count)
    delay = np.where(eye == np.repeat(late, 2), np.repeat(lag, 2), 0.0)
    return _Closures(
        session=np.repeat(session, 2),
        eye=eye,
        start=np.repeat(begins, 2) + delay + down,
        length=shut,
        closing=down,
        opening=up,
        bottom=np.repeat(bottom, 2),
    )


def _close(openness: Openness, closures: _Closures, fps: float) -> None:
    """Lowers openness by closures, in place; where two overlap the lower lid counts."""
    if not closures.session.size:
        return
    begin = closures.start - closures.closing
    end = closures.start + closures.length + closures.opening
    first = np.ceil(begin * fps).astype(np.intp)
    reach = int((np.ceil(end * fps).astype(np.intp) - first).max()) + 1
    frame = first[:, None] + np.arange(reach)
    frames = openness.shape[1]
    which, _ = within = np.nonzero((frame >= 0) & (frame < frames))
    place = (closures.session[which], frame[within], closures.eye[which])
    level = _lower(openness[place].astype(np.float64), frame[within] / fps, closures, which)
    np.minimum.at(openness, place, level.astype(np.float32))


def _lower(
    resting: _Floats, time: _Floats, closures: _Closures, which: NDArray[np.intp]
) -> _Floats:
    """Openness at some times, each within the window of the closure of that number."""
    since = time - closures.start[which]
    after = time - (closures.start + closures.length)[which]
    falling = _smooth(np.clip(-since / np.maximum(closures.closing[which], 1e-9), 0, 1))
    rising = _smooth(np.sqrt(np.clip(after / np.maximum(closures.opening[which], 1e-9), 0, 1)))
    is_down = (since >= 0) & (after < 0)
    share = np.where(since < 0, falling, rising)
    left_over = closures.bottom[which] * resting
    # Lids that meet are closed from the start to the end and not before or after: the flanks
    # lead to just where closed begins.
    lowest = np.maximum(left_over, np.nextafter(np.float32(CLOSED_UNTIL), np.float32(1)))
    return np.where(is_down, left_over, np.minimum(resting, lowest + share * (resting - lowest)))


def _smooth(share: _Floats) -> _Floats:
    """From 0 to 1, slow at both ends."""
    return np.asarray(share * share * (3 - 2 * share))
