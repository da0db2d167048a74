import numpy as np
import pytest
from scipy.stats import t

from blink.contract.people import MIN_PEOPLE
from blink.evaluation.statistics.bootstrap import draw_people
from blink.evaluation.statistics.estimate import (
    Estimate,
    Support,
    Values,
    estimate,
    most_unseen,
    spread_over_people,
)
from blink.evaluation.statistics.scales import DIFFERENCE, RATE, SHARE, Scale


def mean_of(per_person: list[float], draws: int = 4000) -> Values:
    """Values of the mean over people."""
    weights = draw_people(len(per_person), draws, 0)
    return np.asarray((weights @ np.array(per_person)) / weights.sum(axis=1), np.float64)


def test_spread_is_that_of_a_mean_when_people_differ_alike() -> None:
    people = [0.0, 1.0] * 20
    found = spread_over_people(mean_of(people), 40, "unused", Support(40))
    assert not isinstance(found, Estimate)
    assert found.standard_error == pytest.approx(0.5 / np.sqrt(40), rel=0.03)
    assert found.degrees_of_freedom == 39


def test_spread_has_few_degrees_of_freedom_when_one_person_makes_it_up() -> None:
    found = spread_over_people(mean_of([0.0] * 39 + [1.0]), 40, "unused", Support(40))
    assert not isinstance(found, Estimate)
    assert found.degrees_of_freedom == pytest.approx(1.05, abs=0.01)


def test_estimate_is_students_interval_when_nothing_bounds_the_number() -> None:
    people = [-1.0, 1.0] * 8
    found = estimate(mean_of(people), 16, "unused", scale=DIFFERENCE)
    assert found.low is not None
    assert found.high is not None
    assert (found.low + found.high) / 2 == pytest.approx(0)
    assert found.high == pytest.approx(t.ppf(0.975, 15) / 4, rel=0.03)


def test_estimate_says_why_when_the_value_is_missing() -> None:
    values = np.array([np.nan, *[0.5] * 40])
    assert estimate(values, 20, "no open eyes") == Estimate(None, gap="no open eyes")


def test_estimate_has_no_interval_when_there_are_too_few_people() -> None:
    people = [0.0, 1.0] * 20
    few = f"too few people: {MIN_PEOPLE - 1}, an interval needs at least {MIN_PEOPLE}"
    values = mean_of(people[: MIN_PEOPLE - 1])
    assert estimate(values, MIN_PEOPLE - 1, "unused") == Estimate(float(values[0]), gap=few)
    found = estimate(mean_of(people[:MIN_PEOPLE]), MIN_PEOPLE, "unused")
    assert found.gap is None
    assert found.low is not None


def test_estimate_names_the_people_it_rests_on_when_those_are_too_few() -> None:
    found = estimate(mean_of([0.0, 1.0] * 20), 40, "", support=Support(3, " with closed eyes"))
    assert found.gap == "too few people with closed eyes: 3, an interval needs at least 10"
    assert (found.value, found.low) == (0.5, None)


@pytest.mark.parametrize("people", [0, 1])
def test_estimate_has_no_interval_when_nobody_was_drawn(people: int) -> None:
    found = estimate(np.array([0.8]), people, "unused")
    assert (found.value, found.low, found.high) == (0.8, None, None)
    assert found.gap == f"too few people: {people}, an interval needs at least 10"


@pytest.mark.parametrize(("failed", "has_interval"), [(5, True), (6, False)])
def test_estimate_drops_the_interval_when_too_many_draws_fail(
    failed: int, has_interval: bool
) -> None:
    values = np.linspace(0.6, 0.8, 1 + 20 + 100)
    values[21 : 21 + failed] = np.nan
    found = estimate(values, 20, "unused")
    assert (found.low is not None) == has_interval
    assert (found.gap is None) == has_interval


def test_estimate_drops_the_interval_when_a_class_rests_on_one_person() -> None:
    values = np.full(121, 0.7)
    values[3] = np.nan
    assert (
        estimate(values, 20, "").gap == "too few people: without some of them it cannot be computed"
    )


@pytest.mark.parametrize(("value", "ends"), [(0.0, (0.0, 0.1684)), (1.0, (0.8316, 1.0))])
def test_estimate_says_what_people_exclude_when_nobody_differs(
    value: float, ends: tuple[float, float]
) -> None:
    found = estimate(np.full(101, value), 20, "unused")
    # Of a population 16.84 % of which are other, 20 people show none with 2.5 % odds.
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-4)
    assert (1 - most_unseen(20)) ** 20 == pytest.approx(0.025)


def test_estimate_has_an_upper_end_only_with_a_bound_when_nothing_was_seen() -> None:
    none = np.zeros(101)
    assert estimate(none, 20, "", scale=RATE) == Estimate(
        0.0, 0.0, None, "none among 20 people: no upper end"
    )
    assert estimate(none, 20, "", scale=Scale(0, 30)).high == pytest.approx(30 * most_unseen(20))


@pytest.mark.parametrize("scale", [SHARE, RATE])
def test_estimate_has_no_interval_when_the_number_is_the_same_for_whomever_is_drawn(
    scale: Scale,
) -> None:
    same = np.full(101, 0.9)
    same[1::2] = np.nextafter(0.9, 1)  # as sums of fractions are, by rounding alone
    told = Estimate(0.9, gap="the same for everybody: no interval")
    assert estimate(same, 20, "", scale=scale) == told
    assert estimate(same, 20, "", scale=scale, is_certain=True) == Estimate(0.9, 0.9, 0.9)
