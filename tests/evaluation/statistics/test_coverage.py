import pytest

from benchmarks.coverage import (
    ACCURACY,
    GAP,
    MISTAKES,
    OF_PEOPLE,
    OF_ROWS,
    PAIRED,
    cover,
    find_truth,
)
from benchmarks.simulated_people import spread
from blink.evaluation.statistics import TITLES

REPEATS = 1000


@pytest.mark.long
@pytest.mark.parametrize("people", [28, 100])
def test_intervals_cover_the_truth_as_often_as_they_say_when_people_are_skewed(
    people: int,
) -> None:
    found = cover(spread, people, REPEATS, find_truth(spread))
    assert 0.93 <= found[ACCURACY] <= 0.97
    # Neither rows nor plain percentiles do, which is why there is more to it.
    assert found[OF_ROWS] < 0.5
    assert found[OF_ROWS] < found[OF_PEOPLE] < 0.93
    for name in (*TITLES.values(), PAIRED, GAP, MISTAKES):
        assert found[name] >= 0.92, name
