"""Runs: frames in a row in which something is so."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of several sessions, in the order of session and time; every array is (R,).

    Attributes:
        session: In which session.
        start: First frame.
        stop: The frame after the last.
        is_whole: Whether the run began and ended within the session.
    """

    session: NDArray[np.intp]
    start: NDArray[np.intp]
    stop: NDArray[np.intp]
    is_whole: NDArray[np.bool_]

    @property
    def frames(self) -> NDArray[np.intp]:
        """Lengths."""
        return self.stop - self.start

    def keep(self, chosen: NDArray[np.bool_]) -> "Runs":
        """Some of them."""
        return Runs(
            self.session[chosen], self.start[chosen], self.stop[chosen], self.is_whole[chosen]
        )


def find_runs(so: NDArray[np.bool_]) -> Runs:
    """All runs of true in (sessions, frames)."""
    sessions, frames = so.shape
    padded = np.zeros((sessions, frames + 2), np.bool_)
    padded[:, 1:-1] = so
    # One row follows the other in memory, and each begins and ends with a false: one comparison
    # of neighbours finds the edges of all rows.
    flat = padded.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    session, start = np.divmod(edges[::2], frames + 2)
    stop = edges[1::2] - session * (frames + 2)
    return Runs(session, start, stop, (start > 0) & (stop < frames))


def count_run(so: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How long it has been so, in each frame of (sessions, frames): frames up to it, or 0."""
    frame = np.arange(so.shape[1], dtype=np.int32)
    last_not = np.maximum.accumulate(np.where(so, np.int32(-1), frame), axis=1)
    return frame - last_not


class InARow:
    """When it has been so for some frames in a row, counted from any frame on."""

    def __init__(self, so: NDArray[np.bool_], frames: int) -> None:
        """Looks through (sessions, frames) for so many frames in a row."""
        sessions, length = so.shape
        found = np.full((sessions, length + 1), length, np.int32)
        frame = np.arange(length, dtype=np.int32)
        np.copyto(found[:, :-1], frame, where=count_run(so) >= frames)
        self._next = np.minimum.accumulate(found[:, ::-1], axis=1)[:, ::-1]
        self._frames = frames

    def first(self, start: NDArray[np.intp]) -> NDArray[np.intp]:
        """The last frame of the first such row that begins at `start` or later.

        Args:
            start: (sessions,) frames.

        Returns:
            (sessions,): the number of frames where there is no such row.
        """
        length = self._next.shape[1] - 1
        earliest = np.minimum(start + self._frames - 1, length)
        found: NDArray[np.intp] = self._next[np.arange(len(start)), earliest].astype(np.intp)
        return found


def frames_in(seconds: float, fps: float) -> int:
    """How many frames a time lasts, to the nearest, at least one."""
    return max(1, round(seconds * fps))


def run_limits(shortest_ms: float, longest_ms: float, fps: float) -> tuple[int, int]:
    """The fewest and most frames of a run that lasts between two times."""
    slack = 1e-9  # 150 ms at 20 frames a second are 3 frames, whatever the floats say
    fewest = int(np.ceil(shortest_ms * fps / 1e3 - slack))
    return max(1, fewest), int(np.floor(longest_ms * fps / 1e3 + slack))


def faults_of_length(shortest_ms: float, longest_ms: float, fps: float) -> list[str]:
    """What is wrong with a `shortest_ms` and a `longest_ms`, see `Product.faults`."""
    fewest, most = run_limits(shortest_ms, longest_ms, fps)
    if fewest <= most:
        return []
    return [
        f"longest_ms: at {fps:g} frames a second nothing lasts from {shortest_ms:g} to "
        f"{longest_ms:g} ms"
    ]
