from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.target import Behaviour, always_right
from blink.target.products import WaitForOpen
from tests.target.products.drawn import (
    Played,
    constant,
    per_use,
    play_script,
    scenes,
    sessions_of,
)

FPS = 10.0


def scene(openness: list[float]) -> np.ndarray:
    """One session of two eyes that do the same."""
    return np.repeat(np.array(openness, np.float32)[None, :, None], 2, axis=2)


def play_slowly(product: WaitForOpen, played: Played, fps: float) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in ("good", "seconds", *product.kinds)}
    for counted, openness in sessions_of(product, played):
        for name, value in _log_in(product, counted, openness, fps).items():
            found[name].append(value)
    return found


def _log_in(product: WaitForOpen, counted: Any, openness: Any, fps: float) -> dict[str, float]:
    told = dict.fromkeys(product.kinds, 0.0) | {"good": 0.0, "seconds": np.nan}
    frame, attempt, wrong = 0, 0, 0
    wait, steady_frames = round(product.timeout_s * fps), round(0.2 * fps)
    while True:
        counts = steady = longest_steady = 0
        outcome = "timeout"
        for at in range(frame, min(frame + wait, len(counted))):
            counts = 0 if counted[at].any() else counts + 1
            steady = steady + 1 if (openness[at] >= 0.35).all() else 0
            longest_steady = max(longest_steady, steady)
            if counts == product.frames:
                outcome = "in" if (openness[at] >= 0.35).all() else "bad_capture"
                break
        if outcome == "in":
            return told | {"good": float(wrong == 0), "seconds": (at + 1) / fps}
        is_mistake = outcome == "bad_capture" or longest_steady >= steady_frames
        wrong += is_mistake
        frame = at + 1 + round(product.pause_s * fps)
        attempt += 1
        is_over = attempt > product.retries or frame >= len(counted)
        if is_mistake:
            kind = "needless_timeout" if outcome == "timeout" else outcome
            told["refused" if is_over else kind] += 1
        if is_over:
            return told


@given(
    scenes(),
    st.integers(1, 4),
    st.sampled_from([0.5, 1.0, 3.0]),
    st.integers(0, 3),
    st.sampled_from([0, 0.2]),
)
def test_play_is_what_a_loop_plays_when_sequences_are_random(
    played: Played, frames: int, timeout_s: float, retries: int, pause_s: float
) -> None:
    product = WaitForOpen(
        frames=frames, timeout_s=timeout_s, retries=retries, pause_s=pause_s, smoothing=3
    )

    found = product.play(*played, FPS)

    expected = play_slowly(product, played, FPS)
    assert found.uses.tolist() == [1.0] * len(played[0])
    assert found.good.tolist() == expected["good"]
    assert np.array_equal(found.seconds, expected["seconds"], equal_nan=True)
    assert {kind: counts.tolist() for kind, counts in found.mistakes.items()} == {
        kind: expected[kind] for kind in product.kinds
    }


def test_play_asks_again_when_the_picture_is_taken_in_a_blink_that_was_missed() -> None:
    openness = scene([1, 1, 0, 0, 1, 1, 1, 1])
    product = WaitForOpen(frames=3, pause_s=0.1)

    found = product.play(np.zeros_like(openness), openness, 0.5, FPS)

    assert found.mistakes["bad_capture"].tolist() == [1]
    assert found.seconds.tolist() == [0.7]  # frames 4 to 6, after a pause of one frame
    assert found.good.tolist() == [0]


def test_play_takes_half_closed_eyes_for_a_bad_capture_when_they_were_not_seen() -> None:
    openness = scene([0.3] * 3 + [1] * 20)

    found = WaitForOpen().play(np.zeros_like(openness), openness, 0.5, FPS)

    assert found.mistakes["bad_capture"].tolist() == [1]


def test_play_blames_nobody_when_the_eyes_were_shut_all_the_time() -> None:
    openness = scene([0] * 60)

    found = WaitForOpen(timeout_s=2).play(always_right(openness), openness, 0.5, FPS)

    assert sum(counts.sum() for counts in found.mistakes.values()) == 0
    assert found.good.tolist() == [0]
    assert np.isnan(found.seconds).all()


def test_play_counts_a_refusal_whatever_the_knobs_when_nobody_is_ever_seen_open() -> None:
    openness = scene([1] * 100)
    for product in (WaitForOpen(retries=0), WaitForOpen(timeout_s=60), WaitForOpen(frames=90)):
        found = product.play(np.ones_like(openness), openness, 0.5, FPS)

        assert found.mistakes["refused"].tolist() == [1]


def test_play_makes_hardly_a_mistake_when_the_intelligence_is_always_right() -> None:
    tally, _ = play_script(WaitForOpen(), 30, always_right, sessions=2000)

    assert tally.good.mean() >= 0.995
    assert np.nanmedian(tally.seconds) == pytest.approx(0.1)


@pytest.mark.parametrize("says", [0.5, 1.0])
def test_play_lets_nobody_in_when_everything_counts_as_closed(says: float) -> None:
    tally, _ = play_script(WaitForOpen(), 30, constant(says))

    shares = per_use(tally)
    assert shares == {"good": 0, "bad_capture": 0, "needless_timeout": 2, "refused": 1}


def test_play_takes_pictures_of_closed_eyes_when_everything_counts_as_open() -> None:
    tally, openness = play_script(WaitForOpen(), 30, constant(0.0), sessions=1000)

    blinks = (openness[:, 2] < 0.35).any(axis=1)  # in the third frame, when the picture is taken
    assert 0.01 < blinks.mean() < 0.1
    assert ((tally.good == 0) == blinks).all()


def test_script_shows_one_eye_when_one_is_asked_for() -> None:
    tally, openness = play_script(WaitForOpen(eyes=1, patience_s=3), 20, always_right, sessions=7)

    assert openness.shape == (7, 60, 1)
    assert tally.uses.sum() == 7


def test_faults_names_frames_when_they_outlast_the_time_out() -> None:
    assert WaitForOpen(frames=20, timeout_s=1).faults(30) == []
    (fault,) = WaitForOpen(frames=20, timeout_s=1).faults(10)
    assert fault.startswith("frames: 20")


def test_play_errs_less_when_more_open_frames_are_waited_for() -> None:
    often = Behaviour(blinks_per_minute=60, spread=0)
    openness = WaitForOpen().script(np.random.default_rng(1), often, 500, 30)
    overlooked = np.random.default_rng(2).random(openness.shape) < 0.3
    said = np.where(overlooked, np.float32(0), always_right(openness))

    few, many = (WaitForOpen(frames=n).play(said, openness, 0.5, 30) for n in (1, 8))

    assert many.good.mean() > few.good.mean() + 0.05
    assert np.nanmean(many.seconds) > np.nanmean(few.seconds) + 0.2
