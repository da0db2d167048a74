import numpy as np
import pytest

from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.outcome import move, play, say
from blink.evaluation.experience.sessions import simulate_sessions
from tests.evaluation.experience.usage import filmed, target


def test_play_gives_each_person_their_own_outcome_when_one_is_unlucky() -> None:
    basis = find_basis(target(), filmed(3, {1: 1.0}))
    sessions = simulate_sessions(target(), basis.people)

    outcome = play(target(), sessions, say(sessions, basis.p_closed), 0.5)

    assert outcome.mistakes["missed"].tolist() == [0, 10, 0]
    assert outcome.mistakes["false"].tolist() == [0, 10, 0]
    assert outcome.good.tolist() == [1, 0, 1]
    assert outcome.cost(target()).tolist() == [0, 40, 0]
    assert outcome.visible(target()).tolist() == [0, 10, 0]
    np.testing.assert_array_equal(outcome.seconds, [2, np.nan, 2])


def test_play_has_everybody_right_when_told_the_truth() -> None:
    sessions = simulate_sessions(target(), find_basis(target(), filmed(2, {0: 1.0})).people)

    outcome = play(target(), sessions, [batch.truth() for batch in sessions], 0.5)

    assert outcome.cost(target()).tolist() == [0, 0]


@pytest.mark.parametrize(("step", "expected"), [(0.0, [0.9, 0.1]), (4.0, [0.15, 0.14])])
def test_move_goes_towards_the_truth_when_the_step_is_positive(
    step: float, expected: list[float]
) -> None:
    """Log odds of 0.9 are 2.2: four down are -1.8; of 0.1, four down are -6.2."""
    moved = move(np.array([0.9, 0.1, 0.6], np.float32), np.array([0.0, 0.0, np.nan]), step)

    assert moved[0] == pytest.approx(expected[0], abs=0.01)
    assert moved[1] < 0.11
    assert moved[2] == pytest.approx(0.6, abs=1e-6), "nobody knows where the truth lies"
