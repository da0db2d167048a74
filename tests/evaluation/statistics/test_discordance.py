import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from blink.contract import DataError
from blink.evaluation.statistics.discordance import mcnemar
from blink.evaluation.statistics.sample import MOST_LOTS, Sample
from tests.evaluation.drawn import predictions


def make_pair(right: list[tuple[bool, bool, int]]) -> tuple[Sample, Sample]:
    """Closed eyes of (the one is right, the other is right, person)."""
    ones, others, people = (np.array(column) for column in zip(*right, strict=True))
    count = int(people.max()) + 1
    closed = np.ones(len(right), np.bool_)
    return (
        Sample(closed, ones.astype(np.float32), people, count, people),
        Sample(closed, others.astype(np.float32), people, count, people),
    )


CROPS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 30)), min_size=1)


@given(CROPS)
@settings(max_examples=60)
def test_mcnemar_agrees_with_the_binomial_test_when_crops_are_taken_for_independent(
    crops: list[tuple[bool, bool, int]],
) -> None:
    found = mcnemar(*make_pair(crops), 0.5, 0.5)
    only_a = sum(a and not b for a, b, _ in crops)
    only_b = sum(b and not a for a, b, _ in crops)
    assert (found.only_a, found.only_b) == (only_a, only_b)
    assert found.people == len({person for a, b, person in crops if a != b})
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert found.p_crops == pytest.approx(expected)


def test_mcnemar_is_a_sign_test_when_each_person_has_one_crop() -> None:
    crops = [(person < 30, person >= 30, person) for person in range(40)]
    found = mcnemar(*make_pair(crops), 0.5, 0.5)
    leads = np.array([1] * 30 + [-1] * 10)
    # Obuchowski's variance is taken where both are equally good: around zero, not the mean.
    statistic = leads.sum() / np.sqrt(40 * 40 / 39)
    assert statistic == pytest.approx(3.1225, abs=1e-4)
    assert found.p is not None
    assert found.p == pytest.approx(0.00338, abs=1e-4)
    assert found.p == pytest.approx(found.p_crops, rel=1)
    assert found.p == pytest.approx(ttest_1samp(leads, 0).pvalue, rel=3)


def test_mcnemar_is_not_impressed_by_many_crops_when_they_are_of_one_person() -> None:
    crops = [(person == 0, person != 0, person) for person in range(12)]
    crops += [(True, False, 0)] * 200
    found = mcnemar(*make_pair(crops), 0.5, 0.5)
    assert found.p_crops < 1e-40
    assert found.p is not None
    assert found.p > 0.3


def test_mcnemar_is_untested_over_people_when_few_of_them_differ() -> None:
    crops = [(True, person > 3, person) for person in range(40)]
    found = mcnemar(*make_pair(crops), 0.5, 0.5)
    assert (found.p, found.people, found.unknown, found.p_crops) == (None, 4, 0, 0.125)
    assert found.gap == "too few people on whom they differ: 4, an interval needs at least 10"


def test_mcnemar_finds_nothing_when_both_win_as_often() -> None:
    crops = [(person % 2 == 0, person % 2 == 1, person // 2) for person in range(40)]
    found = mcnemar(*make_pair(crops), 0.5, 0.5)
    assert (found.only_a, found.only_b, found.p, found.p_crops) == (20, 20, 1, 1)


def test_mcnemar_calls_at_each_ones_threshold_when_these_differ() -> None:
    closed, person = np.ones(2, np.bool_), np.zeros(2, np.int64)
    scores = np.array([0.4, 0.6], np.float32)
    sample = Sample(closed, scores, person, 1, person)
    found = mcnemar(sample, sample, 0.3, 0.5)
    assert (found.only_a, found.only_b) == (1, 0)


def test_mcnemar_refuses_when_crops_are_not_the_same() -> None:
    one, _ = make_pair([(True, True, 0)])
    _, other = make_pair([(True, True, 0), (True, True, 1)])
    with pytest.raises(DataError, match="not the same crops"):
        mcnemar(one, other, 0.5, 0.5)


def test_mcnemar_counts_people_when_lots_of_them_are_drawn() -> None:
    people = [f"p{number:03}" for number in range(600)] + [None] * 50
    table = predictions([1] * 650, [0.9] * 650, people)
    one, other = Sample.of(table), Sample.of(table.assign(p_closed=np.float32(0.1)))

    found = mcnemar(one, other, 0.5, 0.5)

    assert one.people == MOST_LOTS
    assert (found.only_a, found.people, found.unknown) == (650, 600, 50)
