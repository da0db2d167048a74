import json

import numpy as np
import pytest

from blink.evaluation.statistics.estimate import Estimate, Support, most_unseen
from blink.evaluation.statistics.ratios import odds, ratio

RANDOM = np.random.default_rng(0)
DAYS = RANDOM.integers(1, 30, 40).astype(float)
MISTAKES = RANDOM.poisson(0.2 * DAYS * RANDOM.gamma(4, 0.25, 40)).astype(float)


def test_ratio_is_the_sum_over_the_sum_when_people_differ() -> None:
    found = ratio(MISTAKES, DAYS)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(MISTAKES.sum() / DAYS.sum())
    assert 0 < found.low < found.value < found.high
    # As the delta method has it, and wider by a half at most: few people make up the spread.
    error = np.sqrt(((MISTAKES - found.value * DAYS) ** 2).sum()) / DAYS.sum()
    assert np.log(found.high / found.low) / 4 > error / found.value * 0.95
    assert np.log(found.high / found.low) / 4 < error / found.value * 1.5


def test_ratio_leaves_people_out_when_they_have_nothing_to_be_divided_by() -> None:
    twice = np.concatenate([DAYS, np.zeros(5)])
    assert ratio(np.concatenate([MISTAKES, np.zeros(5)]), twice) == ratio(MISTAKES, DAYS)


def test_ratio_says_so_when_there_is_nobody() -> None:
    assert ratio(np.zeros(3), np.zeros(3)) == Estimate(None, gap="nobody to look at")


def test_ratio_has_no_interval_when_there_are_too_few_people() -> None:
    found = ratio(MISTAKES[:9], DAYS[:9])
    assert found.gap == "too few people: 9, an interval needs at least 10"


def test_ratio_does_not_end_at_zero_when_nothing_was_seen() -> None:
    none = np.zeros(40)
    assert ratio(none, DAYS) == Estimate(0.0, 0.0, None, "none among 40 people: no upper end")
    bounded = ratio(none, DAYS, most=12)
    assert (bounded.value, bounded.low, bounded.gap) == (0, 0, None)
    assert bounded.high == pytest.approx(12 * most_unseen(40))


def test_ratio_rests_on_the_people_given_when_amounts_are_of_lots() -> None:
    assert ratio(np.zeros(40), DAYS, most=1, support=Support(900)).high == most_unseen(900)
    assert ratio(MISTAKES[:9], DAYS[:9], support=Support(10)).gap is None


def test_ratio_stays_below_its_bound_when_one_person_has_it_all() -> None:
    all_one = np.array([20.0, *[0.0] * 19])
    found = ratio(all_one, np.full(20, 20.0), most=1)
    assert found.value == pytest.approx(0.05)
    assert found.high is not None
    assert most_unseen(20) < found.high < 1


def test_ratio_refuses_when_a_person_has_more_than_the_bound() -> None:
    with pytest.raises(ValueError, match="more than the most"):
        ratio(np.array([3.0] * 20), np.ones(20), most=2)


def test_odds_are_the_share_turned_over_when_some_are_bad() -> None:
    good = DAYS * 50
    share, found = ratio(MISTAKES, good + MISTAKES, most=1), odds(good, MISTAKES)
    assert share.low is not None
    assert share.high is not None
    assert found.value == pytest.approx(good.sum() / MISTAKES.sum())
    assert found.low == pytest.approx(1 / share.high - 1)
    assert found.high == pytest.approx(1 / share.low - 1)


def test_odds_have_a_lower_end_and_no_value_when_none_is_bad() -> None:
    found = odds(DAYS, np.zeros(40))
    assert (found.value, found.high, found.gap) == (None, None, "none is bad: no upper end")
    assert found.low == pytest.approx(1 / most_unseen(40) - 1)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["low"] == found.low


def test_odds_are_zero_with_an_upper_end_when_all_are_bad() -> None:
    found = odds(np.zeros(40), DAYS)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(1 / (1 - most_unseen(40)) - 1)


def test_odds_say_why_when_there_is_nobody_or_too_few() -> None:
    assert odds(np.zeros(3), np.zeros(3)) == Estimate(None, gap="nobody to look at")
    few = odds(np.full(4, 9.0), np.full(4, 1.0))
    assert few == Estimate(9.0, gap="too few people: 4, an interval needs at least 10")
    gone = odds(np.full(4, 9.0), np.zeros(4))
    assert gone == Estimate(None, gap="too few people: 4, an interval needs at least 10")
