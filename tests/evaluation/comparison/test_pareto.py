import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.evaluation.comparison import pareto_front

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25)


def dominates(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(points=POINTS)
def test_pareto_front_is_whoever_nobody_dominates_when_compared_one_by_one(
    points: list[tuple[int, int]],
) -> None:
    front = pareto_front([cost for cost, _ in points], [quality for _, quality in points])

    assert sorted(front) == [
        place
        for place, point in enumerate(points)
        if not any(dominates(other, point) for other in points)
    ]


@given(points=POINTS)
def test_pareto_front_rises_in_cost_and_quality_when_read_in_order(
    points: list[tuple[int, int]],
) -> None:
    front = [points[place] for place in pareto_front(*zip(*points, strict=True))] if points else []

    assert front == sorted(front)
    assert [quality for _, quality in front] == sorted(quality for _, quality in front)


@pytest.mark.parametrize(
    ("costs", "qualities", "front"),
    [
        ([], [], []),
        ([1, 1], [5, 5], [0, 1]),  # a tie in both: neither is better
        ([1, 2], [5, 5], [0]),  # as good, but dearer
        ([1, 1], [4, 5], [1]),  # as dear, but worse
        ([3, 1, 2], [9, 5, 7], [1, 2, 0]),
    ],
)
def test_pareto_front_keeps_ties_and_drops_the_dearer_when_points_are_alike(
    costs: list[float], qualities: list[float], front: list[int]
) -> None:
    assert pareto_front(costs, qualities) == front
