"""Random eyes and scores in time, as products see them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from blink.target import Behaviour, Openness, Product, Scores, Tally

USUAL = Behaviour(blinks_per_minute=15)
Played = tuple[Scores, Openness, float]


@st.composite
def scenes(draw: Any, eyes: int = 2, longest: int = 60) -> Played:
    """Eyes that stay in a state for a while, scores that follow them more or less, a threshold."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sessions, frames = draw(st.integers(1, 4)), draw(st.integers(1, longest))
    shape = sessions, frames, eyes
    stays = draw(st.sampled_from([0.5, 0.8, 0.95]))
    openness = _holding(rng, rng.choice([0, 0.03, 0.2, 0.3, 0.6, 1], shape), stays)
    if eyes == 2 and draw(st.booleans()):  # both alike, but for some frames
        same = rng.random(shape[:2]) < 0.9
        openness[same, 1] = openness[same, 0]
    scores = np.where(rng.random(shape) < 0.8, 1 - openness, rng.random(shape))
    return scores.astype(np.float32), openness.astype(np.float32), draw(st.floats(0.1, 0.9))


def _holding(
    rng: np.random.Generator, values: NDArray[np.float64], stays: float
) -> NDArray[np.float64]:
    for frame in range(1, values.shape[1]):
        held = rng.random(values.shape[0::2]) < stays
        values[:, frame][held] = values[:, frame - 1][held]
    return values


def counted_slowly(
    p_closed: NDArray[np.float32], threshold: float, smoothing: int, hysteresis: float
) -> NDArray[np.bool_]:
    """One eye's frames, one after the other: (frames,)."""
    found, is_closed = [], False
    for frame in range(len(p_closed)):
        window = [p_closed[max(frame - back, 0)] for back in range(smoothing)]
        median = sorted(window)[smoothing // 2]
        if median >= np.float32(threshold):
            is_closed = True
        elif median < np.float32(threshold - hysteresis):
            is_closed = False
        found.append(is_closed)
    return np.array(found, np.bool_)


def sessions_of(
    product: Any, played: Played
) -> list[tuple[NDArray[np.bool_], NDArray[np.float32]]]:
    """For each session what counts as closed and what is true, each (frames, eyes)."""
    p_closed, openness, threshold = played
    return [
        (
            np.stack(
                [
                    counted_slowly(eye, threshold, product.smoothing, product.hysteresis)
                    for eye in scores.T
                ],
                axis=1,
            ),
            truth,
        )
        for scores, truth in zip(p_closed, openness, strict=True)
    ]


def all_of(eyes: NDArray[np.bool_]) -> list[bool]:
    """Whether it is so of all eyes, frame by frame."""
    return [all(frame) for frame in eyes.tolist()]


def runs_of(so: list[bool]) -> list[tuple[int, int]]:
    """(first frame, frame after the last) of each run."""
    runs, start = [], None
    for frame, is_so in enumerate([*so, False]):
        if is_so and start is None:
            start = frame
        elif not is_so and start is not None:
            runs.append((start, frame))
            start = None
    return runs


def per_use(tally: Tally) -> dict[str, float]:
    """Good uses and mistakes, as shares of the uses."""
    uses = tally.uses.sum()
    shares = {kind: float(counts.sum() / uses) for kind, counts in tally.mistakes.items()}
    return {"good": float(tally.good.sum() / uses), **shares}


def play_script(
    product: Product,
    fps: float,
    say: Callable[[Openness], Scores],
    sessions: int = 100,
    behaviour: Behaviour = USUAL,
) -> tuple[Tally, Openness]:
    """Plays a product's own script, at a threshold of one half."""
    openness = product.script(np.random.default_rng(4), behaviour, sessions, fps)
    return product.play(say(openness), openness, 0.5, fps), openness


def constant(value: float) -> Callable[[Openness], Scores]:
    """A blind intelligence: the same answer to everything."""
    return lambda openness: np.full_like(openness, value)
