from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.contract import DataError
from blink.evaluation.statistics.differences import (
    Difference,
    difference,
    differences,
    group_difference,
)
from blink.evaluation.statistics.estimate import Estimate, most_unseen
from blink.evaluation.statistics.metrics import TITLES, estimate_metrics
from blink.evaluation.statistics.sample import Sample

DRAWS = 400


def make_sample(people: int = 24, noise: float = 0.25, seed: int = 0, crops: int = 30) -> Sample:
    """Crops of people; the same seed gives the same crops, whatever the noise of their scores."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), crops)
    closed = random.random(len(person)) < 0.5
    score = 0.25 + 0.5 * closed + noise * random.normal(size=len(person))
    return Sample(closed, np.clip(score, 0, 1).astype(np.float32), person, people, person)


def value_of(found: Difference) -> float:
    assert found.estimate.value is not None
    return found.estimate.value


def test_differences_are_those_of_the_metrics_when_crops_are_the_same() -> None:
    good, bad = make_sample(noise=0.2), make_sample(noise=0.4)
    found = differences(good, bad, 0.5, 0.4, DRAWS)
    ours, theirs = estimate_metrics(good, 0.5, DRAWS), estimate_metrics(bad, 0.4, DRAWS)
    assert list(found) == list(TITLES)
    for name, one in found.items():
        apart = (ours[name].value or 0) - (theirs[name].value or 0)
        assert value_of(one) == pytest.approx(apart)
    accuracy = found["balanced_accuracy"]
    assert accuracy.estimate.low is not None
    assert accuracy.estimate.low > 0
    assert accuracy.p is not None
    assert accuracy.p < 0.001


def test_difference_is_narrower_than_both_intervals_when_the_mistakes_are_shared() -> None:
    one, other = make_sample(noise=0.3), make_sample(noise=0.31)
    found = differences(one, other, 0.5, 0.5, DRAWS)["balanced_accuracy"].estimate
    alone = estimate_metrics(one, 0.5, DRAWS)["balanced_accuracy"]
    assert found.low is not None
    assert found.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert found.high - found.low < 0.5 * (alone.high - alone.low)


@given(st.integers(0, 1000), st.floats(0.26, 0.34))
def test_difference_leaves_zero_out_just_when_p_is_below_a_twentieth(
    seed: int, noise: float
) -> None:
    one, other = make_sample(12, 0.3, seed), make_sample(12, noise, seed)
    for found in differences(one, other, 0.5, 0.5, 100).values():
        if found.p is not None:
            assert found.estimate.low is not None
            assert found.estimate.high is not None
            assert (found.p < 0.05) == (found.estimate.low > 0 or found.estimate.high < 0)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_differences_change_sign_alone_when_sides_are_swapped(seed: int) -> None:
    one, other = make_sample(12, 0.3, seed), make_sample(12, 0.35, seed)
    there, back = differences(one, other, 0.5, 0.4, 100), differences(other, one, 0.4, 0.5, 100)
    for name in TITLES:
        assert value_of(there[name]) == pytest.approx(-value_of(back[name]))
        assert there[name].estimate.low == pytest.approx(-(back[name].estimate.high or 0))
        assert there[name].p == pytest.approx(back[name].p)


def test_differences_are_untested_when_both_are_the_same() -> None:
    one = make_sample()
    same = Difference(Estimate(0.0, gap="the same for everybody: no interval"), None)
    assert set(map(repr, differences(one, one, 0.5, 0.5, DRAWS).values())) == {repr(same)}


def test_differences_are_untested_when_people_are_too_few() -> None:
    found = differences(make_sample(9), make_sample(9, 0.4), 0.5, 0.5, DRAWS)["auc"]
    assert found.p is None
    assert found.estimate.gap == "too few people: 9, an interval needs at least 10"
    assert value_of(found) > 0


def test_differences_refuse_when_crops_are_not_the_same() -> None:
    with pytest.raises(
        DataError, match=r"not the same crops of the same people.*720 and 690 crops"
    ):
        differences(make_sample(24), make_sample(23), 0.5, 0.5)


def test_gap_is_the_group_minus_the_rest_when_people_are_on_both_sides() -> None:
    sample = make_sample()
    hard = np.arange(len(sample.closed)) % 3 == 0
    worse = np.where(hard, 0.5 + 0.3 * (sample.score - 0.5), sample.score).astype(np.float32)
    shifted = np.where(hard, worse + 0.1, worse).astype(np.float32)
    tilted = replace(sample, score=shifted)
    found = group_difference(tilted, hard, 0.5, DRAWS)
    group, rest = (estimate_metrics(tilted.only(side), 0.5, DRAWS) for side in (hard, ~hard))
    assert group["balanced_accuracy"].value is not None
    assert rest["balanced_accuracy"].value is not None
    expected = group["balanced_accuracy"].value - rest["balanced_accuracy"].value
    assert value_of(found) == pytest.approx(expected)
    assert expected < -0.05
    assert found.p is not None
    assert found.p < 0.001
    recall = group_difference(tilted, hard, 0.5, DRAWS, metric="recall_open")
    assert group["recall_open"].value is not None
    assert rest["recall_open"].value is not None
    assert value_of(recall) == pytest.approx(group["recall_open"].value - rest["recall_open"].value)


def test_gap_changes_sign_alone_when_group_and_rest_are_swapped() -> None:
    sample = make_sample(seed=5)
    inside = sample.person < 11
    there, back = (group_difference(sample, rows, 0.5, DRAWS) for rows in (inside, ~inside))
    assert value_of(there) == pytest.approx(-value_of(back))
    assert there.p == pytest.approx(back.p)


@pytest.mark.parametrize("people", [9, 15])
def test_gap_is_untested_when_either_side_has_too_few_people(people: int) -> None:
    sample = make_sample()
    found = group_difference(sample, sample.person < people, 0.5, DRAWS)
    few = min(people, 24 - people)
    assert found.p is None
    assert found.estimate.gap == f"too few people: {few}, an interval needs at least 10"


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("closed", "no open eyes"),
        ("open", "no closed eyes"),
        ("nobody", "no labelled crops"),
        ("everybody", "the rest: no labelled crops"),
    ],
)
def test_gap_says_what_is_missing_when_a_side_lacks_a_class(inside: str, why: str) -> None:
    sample = make_sample()
    nobody = np.zeros_like(sample.closed)
    sides = {"closed": sample.closed, "open": ~sample.closed, "nobody": nobody}
    found = group_difference(sample, sides.get(inside, ~nobody), 0.5, DRAWS)
    assert (found.estimate.value, found.estimate.gap, found.p) == (None, why, None)


def test_gap_admits_mistakes_unseen_when_the_group_is_right_throughout() -> None:
    sample = make_sample(noise=0.5)
    inside = sample.person < 12
    score = np.where(inside, sample.closed, sample.score).astype(np.float32)
    found = group_difference(replace(sample, score=score), inside, 0.5, DRAWS)
    assert found.estimate.low is not None
    # Twelve people cannot exclude that 26 % are other, however alike they are.
    assert value_of(found) - found.estimate.low > most_unseen(12)


def test_difference_says_why_when_there_is_none() -> None:
    found = difference(np.full(50, np.nan), 20, "no open eyes")
    assert found == Difference(Estimate(None, gap="no open eyes"), None)
