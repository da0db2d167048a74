"""Sessions of a target's use, by a moving-block bootstrap of a held-out person's own frames.

How errors follow each other is the data's: a session walks through the frames of one recording of
one person, in the order in which they were taken, so that its errors cluster as they do there, and
both eyes of a frame stay together. Where the eye's state changes, the walk goes on in the frames of
the other state; it returns to where it left. Source: the moving blocks of Künsch 1989 and the
circular ones of Politis and Romano 1992, with blocks as long as the session.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from blink.contract import CLOSED_UNTIL, OPEN_FROM
from blink.evaluation.experience.log_odds import log_odds
from blink.evaluation.experience.takes import Pool, SimulatedUser, Take
from blink.target import Openness, Scores, Target, always_right

_FRAMES: Final = 200_000
"""Of one person, both eyes counted. More people bring more frames: were they always to share the
same number, the figures of many people would be no surer than those of few."""

_ALL_FRAMES: Final = (3_000_000, 25_000_000)
"""Fewest and most of all people together: the most take a quarter of a gigabyte while they are
played. Very many people take more, since each plays the fewest sessions all the same."""

_SESSIONS: Final = (8, 400)
"""Fewest and most sessions of one person."""

_NEIGHBOURS: Final = 2  # half-closed frames of like openness, one of which is drawn


@dataclass(frozen=True, eq=False)
class SessionBatch:
    """Some sessions of one person, for any intelligence that predicted the same table.

    Attributes:
        name: The person.
        openness: (S, T, E) what the eyes do.
        rows: (S, T, E) the row of the predictions table that each eye's score is taken from.
        between: Flat places where the eye is half-closed and no such picture is known.
        closing: For each of `between`, the row of a closed eye; `rows` holds that of an open one.
    """

    name: str
    openness: Openness
    rows: NDArray[np.int32]
    between: NDArray[np.int64]
    closing: NDArray[np.int32]

    def scores(self, p_closed: NDArray[np.float32]) -> Scores:
        """What an intelligence would have said: (S, T, E).

        Half-closed eyes of which there are no pictures get a score between those of the person's
        open and closed eyes, in log odds, by how far they are closed.

        Args:
            p_closed: (N,) of the predictions table.
        """
        found: Scores = p_closed[self.rows]
        if len(self.between):
            flat = found.ravel()  # a view
            share = always_right(self.openness.ravel()[self.between])
            opening, closing = flat[self.between], p_closed[self.closing]
            flat[self.between] = expit((1 - share) * log_odds(opening) + share * log_odds(closing))
        return found

    def truth(self) -> Scores:
        """What an intelligence says that is always right: how far each eye is closed."""
        return always_right(self.openness)


def simulate_sessions(
    target: Target, people: Sequence[SimulatedUser], part: float = 1
) -> list[SessionBatch]:
    """Simulates the sessions of some people; the same people and target give the same sessions.

    Args:
        target: Whose usage it is.
        people: Who play the users.
        part: Of the usual number of sessions.
    """
    return list(_simulate(target, people, part))


def _simulate(
    target: Target, people: Sequence[SimulatedUser], part: float
) -> Iterator[SessionBatch]:
    for person in people:
        rng = np.random.default_rng(crc32(f"{target.name}/{person.name}".encode()))
        one = _script(target, rng, 1)
        sessions = count_sessions(len(people), one.size, part)
        yield resample_frames(person, _script(target, rng, sessions), rng)


def count_sessions(people: int, frames: int, part: float = 1) -> int:
    """How many sessions each of some people plays.

    Args:
        people: How many they are.
        frames: Of one session, both eyes counted.
        part: Of the usual number.
    """
    each = np.clip(_FRAMES * people, *_ALL_FRAMES) / people
    return int(np.clip(part * each / frames, *_SESSIONS))


def _script(target: Target, rng: np.random.Generator, sessions: int) -> Openness:
    openness: Openness = target.product.script(rng, target.behaviour, sessions, target.fps)
    return openness


def resample_frames(
    person: SimulatedUser, openness: Openness, rng: np.random.Generator
) -> SessionBatch:
    """Deals out a person's frames to what the eyes do.

    Args:
        person: Whose frames.
        openness: (S, T, E)
        rng: Decides in which recording, and where in it, a session begins.
    """
    sizes = np.array([len(take.opened) + len(take.closed) for take in person.takes], float)
    chosen = rng.choice(len(sizes), size=len(openness), p=sizes / sizes.sum())
    is_closed, is_open = openness <= CLOSED_UNTIL, openness >= OPEN_FROM
    rows = _walk(person.takes, lambda take: take.opened, chosen, ~is_closed, rng)
    closing = _walk(person.takes, lambda take: take.closed, chosen, ~is_open, rng)
    rows[is_closed] = closing[is_closed]
    half = np.flatnonzero(~is_closed & ~is_open)
    if len(person.half_rows):
        rows.ravel()[half] = _draw_halves(person, openness.ravel()[half], rng)
        half = half[:0]
    return SessionBatch(person.name, openness, rows, half, closing.ravel()[half])


def _walk(
    takes: Sequence[Take],
    state: Callable[[Take], Pool],
    chosen: NDArray[np.int64],
    moves: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Rows of one state: a step on for each frame in which the eye is in that state."""
    steps = np.maximum(np.cumsum(moves, axis=1) - 1, 0)
    rows = np.empty(moves.shape, np.int32)
    for number, take in enumerate(takes):
        sessions = np.flatnonzero(chosen == number)
        pool = state(take).rows
        start = rng.integers(len(pool), size=(len(sessions), 1))
        for eye in range(moves.shape[2]):
            rows[sessions, :, eye] = pool[(start + steps[sessions, :, eye]) % len(pool), eye]
    return rows


def _draw_halves(
    person: SimulatedUser, openness: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.int64]:
    near = np.searchsorted(person.half_openness, openness)
    drawn = near + rng.integers(-_NEIGHBOURS, _NEIGHBOURS, size=len(openness))
    rows: NDArray[np.int64] = person.half_rows[np.clip(drawn, 0, len(person.half_rows) - 1)]
    return rows
