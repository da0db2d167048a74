import numpy as np
import pytest

from blink.evaluation.statistics.bootstrap import _draw_people, draw_people


def test_draw_people_takes_everybody_then_all_but_one_then_as_many_when_there_are_seven() -> None:
    weights = draw_people(7, 50, seed=3)
    assert weights.shape == (1 + 7 + 50, 7)
    assert (weights[0] == 1).all()
    np.testing.assert_array_equal(weights[1:8], 1 - np.eye(7))
    assert (weights[8:].sum(axis=1) == 7).all()
    assert weights[8:].std() > 0


def test_draw_people_gives_the_same_draws_when_the_seed_is_the_same() -> None:
    _draw_people.cache_clear()
    first = draw_people(5, 20, 1).copy()
    _draw_people.cache_clear()
    np.testing.assert_array_equal(draw_people(5, 20, 1), first)
    assert (draw_people(5, 20, 2) != first).any()


def test_draw_people_cannot_be_spoilt_when_it_is_shared() -> None:
    with pytest.raises(ValueError, match="read-only"):
        draw_people(5, 20, 1)[0, 0] = 2


def test_draw_people_takes_each_person_equally_often_when_draws_are_many() -> None:
    counts = draw_people(4, 4000, 0)[5:]
    assert counts.mean(axis=0) == pytest.approx([1] * 4, abs=0.06)
    # A binomial of 4 tries at a quarter has variance 3 / 4.
    assert counts.var(axis=0) == pytest.approx([0.75] * 4, abs=0.08)


@pytest.mark.parametrize("people", [0, 1])
def test_draw_people_draws_nobody_when_there_are_fewer_than_two(people: int) -> None:
    assert draw_people(people, 100, 0).shape == (1, people)
