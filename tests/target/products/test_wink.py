import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from blink.target import always_right
from blink.target.products import Wink
from tests.target.products.drawn import (
    Played,
    constant,
    per_use,
    play_script,
    runs_of,
    scenes,
    sessions_of,
)

FPS = 20.0


def winks_of(closed: np.ndarray, shortest: float, longest: float) -> list[tuple[int, int]]:
    """Runs of one eye closed alone that begin and end within a session and last long enough."""
    found = []
    for eye in (0, 1):
        alone = (closed[:, eye] & ~closed[:, 1 - eye]).tolist()
        for start, stop in runs_of(alone):
            lasts = 1e3 * (stop - start) / FPS
            if start > 0 and stop < len(closed) and shortest - 1e-6 <= lasts <= longest + 1e-6:
                found.append((start, stop))
    return found


@given(scenes(longest=150), st.sampled_from([50, 120, 200]), st.sampled_from([250, 600]))
def test_play_is_what_a_loop_plays_when_sequences_are_random(
    played: Played, shortest: float, longest: float
) -> None:
    product = Wink(shortest_ms=shortest, longest_ms=longest, profile_s=3, hysteresis=0.1)
    shown = 60

    found = product.play(*played, FPS)

    for session, (counted, openness) in enumerate(sessions_of(product, played)):
        profiles = -(-len(counted) // shown)
        sent: dict[int, int] = {}
        meant: dict[int, int] = {}
        for start, stop in winks_of(openness <= np.float32(0.2), 100, 1e9):
            meant[stop // shown] = min(start, meant.get(stop // shown, start))
        for _, stop in winks_of(counted, shortest, longest):
            sent[stop // shown] = min(stop, sent.get(stop // shown, stop))
        hits = sent.keys() & meant.keys()
        assert found.uses[session] == profiles
        assert found.mistakes["wrong_like"][session] == len(sent.keys() - hits)
        assert found.mistakes["missed_wink"][session] == len(meant.keys() - hits)
        assert found.good[session] == profiles - len(sent.keys() ^ meant.keys())
        late = [max(sent[profile] - meant[profile], 0) / FPS for profile in hits]
        expected = np.mean(late) if late else np.nan
        assert np.isclose(found.seconds[session], expected, equal_nan=True)


def eyes(left: list[tuple[int, int]], right: list[tuple[int, int]], frames: int) -> np.ndarray:
    openness = np.ones((1, frames, 2), np.float32)
    for eye, closures in enumerate((left, right)):
        for start, stop in closures:
            openness[0, start:stop, eye] = 0
    return openness


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([(20, 26)], [], 1),  # 300 ms
        ([], [(20, 26)], 1),
        ([(20, 22)], [], 0),  # 100 ms: too short for the product, though it was meant
        ([(20, 40)], [], 0),  # a second: too long
        ([(20, 26)], [(20, 26)], 0),  # a blink
        ([(20, 25)], [(20, 26)], 0),  # whose eyes lag by a frame
    ],
)
def test_play_sends_a_like_when_one_eye_is_closed_alone_for_a_while(
    left: list[tuple[int, int]], right: list[tuple[int, int]], expected: int
) -> None:
    openness = eyes(left, right, 60)
    nobody_winks = np.ones_like(openness)

    found = Wink(profile_s=3).play(always_right(openness), nobody_winks, 0.5, FPS)

    assert found.mistakes["wrong_like"].tolist() == [expected]


def test_play_counts_a_wink_as_missed_whatever_the_knobs_when_it_was_meant() -> None:
    openness = eyes([(20, 26)], [], 60)
    for product in (Wink(profile_s=3, shortest_ms=400), Wink(profile_s=3, longest_ms=200)):
        found = product.play(always_right(openness), openness, 0.5, FPS)

        assert found.mistakes["missed_wink"].tolist() == [1]
        assert found.good.tolist() == [0]


def test_play_makes_hardly_a_mistake_when_the_intelligence_is_always_right() -> None:
    tally, _ = play_script(Wink(), 30, always_right, sessions=100)

    shares = per_use(tally)
    assert tally.uses.sum() == 1200
    assert shares["wrong_like"] == 0
    assert shares["missed_wink"] <= 0.005
    assert 0.3 < np.nanmean(tally.seconds) < 0.4  # a wink of 300 ms, and the frame after it


@pytest.mark.parametrize("says", [0.0, 0.5, 1.0])
def test_play_misses_every_wink_and_sends_no_like_when_the_intelligence_is_blind(
    says: float,
) -> None:
    tally, _ = play_script(Wink(liked=0.2), 30, constant(says))

    shares = per_use(tally)
    assert shares["wrong_like"] == 0
    assert shares["missed_wink"] == pytest.approx(0.2, abs=0.03)
    assert shares["good"] == pytest.approx(1 - shares["missed_wink"])


def test_play_sends_wrong_likes_when_one_eye_is_misjudged_for_a_while() -> None:
    openness = np.ones((1, 600, 2), np.float32)
    said = always_right(openness)
    said[0, 130:138, 0] = 1

    found = Wink(profile_s=5).play(said, openness, 0.5, FPS)

    assert found.mistakes["wrong_like"].tolist() == [1]
    assert found.good.tolist() == [5]


def test_wink_refuses_one_eye_when_told_to_look_at_one() -> None:
    with pytest.raises(ValidationError, match="Input should be 2"):
        Wink.model_validate({"eyes": 1})


def test_faults_names_what_cannot_be_seen_when_frames_are_few() -> None:
    assert Wink().faults(30) == []
    assert [fault.split(":")[0] for fault in Wink(longest_ms=170).faults(10)] == [
        "eyes",
        "longest_ms",
    ]
