import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.target import Behaviour, always_right
from blink.target.products import CountBlinks
from tests.target.products.drawn import (
    Played,
    all_of,
    constant,
    per_use,
    play_script,
    runs_of,
    scenes,
    sessions_of,
)

FPS = 15.0


@given(scenes(longest=200), st.sampled_from([300, 800]), st.sampled_from([20, 60, 120]))
def test_play_is_what_a_loop_plays_when_sequences_are_random(
    played: Played, longest_ms: float, remind_below: float
) -> None:
    product = CountBlinks(
        longest_ms=longest_ms, shortest_ms=100, remind_below=remind_below, margin=0.2
    )

    found = product.play(*played, FPS)

    minutes = played[0].shape[1] / FPS / 60
    for session, (counted, openness) in enumerate(sessions_of(product, played)):
        lengths = [stop - start for start, stop in runs_of(all_of(counted))]
        blinks = sum(100 <= 1e3 * length / FPS <= longest_ms + 1e-6 for length in lengths)
        true = len(runs_of(all_of(openness <= np.float32(0.2))))
        is_reminded = blinks / minutes < remind_below
        wrong = is_reminded and true / minutes >= 1.2 * remind_below
        missed = not is_reminded and true / minutes < 0.8 * remind_below
        assert found.mistakes["wrong_reminder"][session] == wrong
        assert found.mistakes["missed_reminder"][session] == missed
        assert found.good[session] == (not wrong and not missed)
    assert np.isnan(found.seconds).all()


def blinking(per_minute: int, lowest: float, minutes: int = 2) -> np.ndarray:
    openness = np.ones((1, int(60 * FPS) * minutes, 2), np.float32)
    every = int(60 * FPS) // per_minute
    for frame in range(1, openness.shape[1] - 2, every):
        openness[0, frame : frame + 2] = lowest
    return openness


def test_play_misses_a_reminder_when_incomplete_blinks_are_counted() -> None:
    openness = blinking(per_minute=10, lowest=0.3)
    product = CountBlinks(remind_below=5)

    strict = product.play(always_right(openness), openness, 0.5, FPS)
    lax = product.play(always_right(openness), openness, 0.1, FPS)

    assert strict.good.tolist() == [1]
    assert lax.mistakes["missed_reminder"].tolist() == [1]


@pytest.mark.parametrize(("per_minute", "is_wrong"), [(5, 0), (6, 1)])
def test_play_forgives_a_reminder_when_the_rate_is_near_the_limit(
    per_minute: int, is_wrong: int
) -> None:
    openness = blinking(per_minute, lowest=0)

    found = CountBlinks(remind_below=5, margin=0.15).play(
        np.zeros_like(openness), openness, 0.5, FPS
    )

    assert found.mistakes["wrong_reminder"].tolist() == [is_wrong]


def test_play_makes_no_mistake_when_the_intelligence_is_always_right() -> None:
    product = CountBlinks(minutes=3, remind_below=6)
    behaviour = Behaviour(blinks_per_minute=8, spread=0)

    tally, openness = play_script(product, FPS, always_right, 60, behaviour)

    blinks = [len(runs_of(all_of(eyes <= 0.2))) for eyes in openness]
    assert min(blinks) < 3 * 6 < max(blinks)  # some have to be reminded
    assert tally.good.sum() == 60


@pytest.mark.parametrize("says", [0.0, 0.5, 1.0])
def test_play_reminds_everybody_when_the_intelligence_is_blind(says: float) -> None:
    product = CountBlinks(minutes=3, remind_below=5)
    behaviour = Behaviour(blinks_per_minute=30, spread=0)

    tally, _ = play_script(product, FPS, constant(says), 20, behaviour)

    assert per_use(tally) == {"good": 0, "wrong_reminder": 1, "missed_reminder": 0}


def test_faults_says_so_when_blinks_fall_between_frames() -> None:
    assert CountBlinks().faults(15) == []
    found = CountBlinks(shortest_ms=300, longest_ms=250).faults(10)
    assert [fault.split(":")[0] for fault in found] == ["eyes", "longest_ms"]
