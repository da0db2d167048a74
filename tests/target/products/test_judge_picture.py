import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.target import always_right
from blink.target.products import JudgePicture
from tests.target.products.drawn import Played, constant, per_use, play_script, scenes


@given(scenes(longest=1), st.sampled_from([1, 2]))
def test_play_is_what_a_loop_plays_when_pictures_are_random(played: Played, needed: int) -> None:
    p_closed, openness, threshold = played

    found = JudgePicture(needed=needed, closed_share=0.1).play(p_closed, openness, threshold, 1)

    bad = [any(eye <= np.float32(0.2) for eye in eyes[0]) for eyes in openness]
    for session, said in enumerate(p_closed):
        is_refused = sum(p >= np.float32(threshold) for p in said[0]) >= needed
        share, many = (0.1, sum(bad)) if bad[session] else (0.9, len(bad) - sum(bad))
        weight = share * len(bad) / many
        assert found.uses[session] == pytest.approx(weight)
        assert found.good[session] == pytest.approx(weight * (is_refused == bad[session]))
        assert found.mistakes["good_refused"][session] == pytest.approx(
            weight * (is_refused and not bad[session])
        )
        assert found.mistakes["bad_kept"][session] == pytest.approx(
            weight * (not is_refused and bad[session])
        )
    assert np.isnan(found.seconds).all()


def test_play_makes_no_mistake_when_the_intelligence_is_always_right() -> None:
    tally, openness = play_script(JudgePicture(), 1, always_right, sessions=500)

    assert openness.shape == (500, 1, 2)
    assert 0.2 < (openness.min(axis=2) <= 0.2).mean() < 0.6
    assert tally.uses.sum() == pytest.approx(500)
    assert tally.good.sum() == pytest.approx(500)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (0.0, {"good": 0.95, "good_refused": 0, "bad_kept": 0.05}),
        (0.5, {"good": 0.05, "good_refused": 0.95, "bad_kept": 0}),
        (1.0, {"good": 0.05, "good_refused": 0.95, "bad_kept": 0}),
    ],
)
def test_play_errs_as_often_as_pictures_come_when_the_intelligence_is_blind(
    says: float, expected: dict[str, float]
) -> None:
    tally, _ = play_script(JudgePicture(closed_share=0.05), 1, constant(says), sessions=200)

    assert per_use(tally) == pytest.approx(expected)


def test_faults_says_so_when_more_eyes_are_needed_than_seen() -> None:
    assert JudgePicture(needed=2).faults(1) == []
    (fault,) = JudgePicture(eyes=1, needed=2).faults(1)
    assert fault.startswith("needed: 2")
