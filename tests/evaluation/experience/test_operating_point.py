import numpy as np
import pytest

from blink.contract import DataError
from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.operating_point import (
    THRESHOLDS,
    choose_operating_point,
    choose_threshold,
    spread_of_people,
)
from tests.evaluation.experience.usage import filmed, table, target


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ([[9, 9], [1, 1], [9, 9], [9, 9], [9, 9]], 0.3),
        ([[9, 9], [1, 1], [1, 1], [1, 1], [9, 9]], 0.5),
        ([[1, 1], [1.019, 1.019], [9, 9], [9, 9], [9, 9]], 0.3),
        ([[1, 1], [1.03, 1.03], [9, 9], [9, 9], [9, 9]], 0.1),
        ([[1, 1], [9, 9], [1, 1], [9, 9], [9, 9]], 0.1),
        ([[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], 0.5),
    ],
)
def test_choose_threshold_is_nearest_to_a_half_when_costs_around_the_least_are_alike(
    costs: list[list[float]], expected: float
) -> None:
    assert choose_threshold(np.array(costs, float), 0.0, (0.1, 0.3, 0.5, 0.7, 0.9)) == expected


@pytest.mark.parametrize(("second", "expected"), [([0, 0, 0, 4], 0.5), ([1, 1, 1, 1], 0.1)])
def test_choose_threshold_takes_a_dearer_threshold_when_one_person_makes_the_difference(
    second: list[float], expected: float
) -> None:
    """Both cost 1 more in the mean; only where everybody pays it, it is more than an accident."""
    costs = np.array([[0.0, 0.0, 0.0, 0.0], second])

    assert choose_threshold(costs, 0.0, (0.1, 0.5)) == expected


@pytest.mark.parametrize(("bandwidth", "expected"), [(0.0, 0.08), (0.6, 0.2)])
def test_choose_threshold_keeps_off_a_cliff_when_people_differ(
    bandwidth: float, expected: float
) -> None:
    """Below 0.1 everything goes wrong; a person who scores a little higher would fall there."""
    costs = np.array([[90.0, 90.0], [1.0, 1.0], [2.0, 2.0], [4.0, 4.0], [9.0, 9.0]])

    assert choose_threshold(costs, bandwidth, (0.03, 0.08, 0.2, 0.4, 0.65)) == expected


def test_spread_of_people_is_zero_when_everybody_scores_alike() -> None:
    assert spread_of_people(find_basis(target(), filmed(5))) == pytest.approx(0, abs=1e-6)


def test_spread_of_people_shrinks_when_there_are_more_of_them() -> None:
    few, many = (
        spread_of_people(find_basis(target(), filmed(count, dict.fromkeys(range(0, count, 2), 1))))
        for count in (6, 60)
    )

    assert few > many > 0


@pytest.mark.parametrize(("dear", "lies"), [("missed", "below"), ("false", "above")])
def test_choose_operating_point_avoids_the_dear_mistake_when_scores_overlap(
    dear: str, lies: str
) -> None:
    rng = np.random.default_rng(0)
    label = np.tile(np.repeat([0, 1], 200), 8)
    odds = rng.normal(2.0 * (2 * label - 1), 1.5)
    score = (1 / (1 + np.exp(-odds))).astype(np.float32)
    people = np.repeat(np.arange(8), 400)
    validation = table(label, score, people, np.tile(np.arange(400), 8))
    costs = {kind: {"cost": 50 if kind == dear else 1} for kind in ("missed", "false")}

    point = choose_operating_point(target(mistakes=costs), validation)

    assert point.threshold in THRESHOLDS
    assert (point.threshold < 0.3) if lies == "below" else (point.threshold > 0.7)
    assert point.rule == "least expected cost for glance on validation people"


def test_choose_operating_point_refuses_when_pictures_are_single_ones() -> None:
    single = filmed(2).assign(frame=None)

    with pytest.raises(DataError, match="single ones, which do not tell how mistakes follow"):
        choose_operating_point(target(), single.astype({"frame": "Int32"}))
