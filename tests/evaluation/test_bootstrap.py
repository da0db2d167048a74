import numpy as np
import pytest

from blink.evaluation.bootstrap import Estimate, draw_people, estimate


def test_draw_people_takes_everybody_once_when_row_is_the_first() -> None:
    weights = draw_people(7, 50, seed=3)
    assert weights.shape == (51, 7)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 7).all()
    assert weights[1:].std() > 0


def test_draw_people_gives_the_same_draws_when_the_seed_is_the_same() -> None:
    np.testing.assert_array_equal(draw_people(5, 20, 1), draw_people(5, 20, 1))
    assert (draw_people(5, 20, 1) != draw_people(5, 20, 2)).any()


def test_draw_people_takes_each_person_equally_often_when_draws_are_many() -> None:
    counts = draw_people(4, 4000, 0)[1:]
    assert counts.mean(axis=0) == pytest.approx([1] * 4, abs=0.06)
    # A binomial of 4 tries at a quarter has variance 3 / 4.
    assert counts.var(axis=0) == pytest.approx([0.75] * 4, abs=0.08)


@pytest.mark.parametrize("people", [0, 1])
def test_draw_people_draws_nobody_when_there_are_fewer_than_two(people: int) -> None:
    assert draw_people(people, 100, 0).shape == (1, people)


def test_estimate_is_the_middle_95_percent_when_draws_are_even() -> None:
    found = estimate(np.concatenate([[0.5], np.linspace(0, 1, 1001)]), 10_000, "unused")
    assert (found.value, found.gap) == (0.5, None)
    assert (found.low, found.high) == pytest.approx((0.025, 0.975), abs=1e-4)


def test_estimate_says_why_when_the_value_is_missing() -> None:
    assert estimate(np.array([np.nan, 0.5, 0.6]), 9, "no open eyes") == Estimate(
        None, gap="no open eyes"
    )


def test_estimate_has_no_interval_when_nobody_was_drawn() -> None:
    found = estimate(np.array([0.8]), 1, "unused")
    assert (found.value, found.low, found.gap) == (0.8, None, "one person: no interval")


@pytest.mark.parametrize(("failed", "has_interval"), [(5, True), (6, False)])
def test_estimate_drops_the_interval_when_too_many_draws_fail(
    failed: int, has_interval: bool
) -> None:
    draws = np.full(100, 0.7)
    draws[:failed] = np.nan
    found = estimate(np.concatenate([[0.7], draws]), 9, "unused")
    assert (found.low is not None) == has_interval
    assert (found.gap is None) == has_interval


def test_estimate_reaches_further_out_when_there_are_few_people() -> None:
    values = np.concatenate([[0.5], np.linspace(0, 1, 100_001)])
    found = estimate(values, 7, "unused")
    # Student's t of 6 degrees is 2.447 at 97.5 %; beyond 2.643 lie 0.41 % of a normal tail.
    assert found.low == pytest.approx(0.0041, abs=1e-4)
    assert found.high == pytest.approx(0.9959, abs=1e-4)


@pytest.mark.parametrize("people", [7, 30])
def test_interval_covers_the_truth_about_as_often_as_it_says(people: int) -> None:
    truth, crops = 0.8, 20
    generator = np.random.default_rng(0)
    covered = []
    for trial in range(300):
        skill = np.clip(generator.normal(truth, 0.1, people), 0, 1)
        hits = generator.binomial(crops, skill)
        weights = draw_people(people, 500, trial)
        found = estimate(weights @ hits / (weights.sum(axis=1) * crops), people, "unused")
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)
    assert 0.91 <= np.mean(covered) <= 0.98
