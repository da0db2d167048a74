import numpy as np
import pytest
from numpy.typing import NDArray

from blink.export import Validation
from blink.export.search import Gate


def validation(people: int | None, each: int = 100) -> Validation:
    """For every person `each` open and as many closed eyes."""
    count = 1 if people is None else people
    labels = np.tile(np.repeat([0, 1], each), count)
    whose = None if people is None else np.repeat(np.arange(count), 2 * each)
    return Validation(np.empty((len(labels), 1, 8, 8), np.uint8), labels, whose)


def answers(
    given: Validation, wrong: dict[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """fp32, which is right throughout, and a graph that misses some closed eyes of some people."""
    fp32 = np.where(given.labels == 1, 0.9, 0.1).astype(np.float32)
    other = fp32.copy()
    for person, count in wrong.items():
        whose = given.people if given.people is not None else np.zeros(len(fp32))
        other[np.flatnonzero((whose == person) & (given.labels == 1))[:count]] = 0.4
    return fp32, other


@pytest.mark.parametrize(("wrong", "passes"), [(0, True), (12, True), (13, False)])
def test_judge_passes_when_at_most_three_tenths_of_a_point_are_lost(
    wrong: int, passes: bool
) -> None:
    given = validation(20)  # 2,000 closed eyes: each that is missed costs 0.025 points
    each = dict.fromkeys(range(wrong), 1)
    judgement = Gate().judge(*answers(given, each), given, 0.5)
    assert judgement.passed is passes
    assert judgement.difference.value == pytest.approx(-wrong / 4000)
    assert judgement.balanced_accuracy == pytest.approx(1 - wrong / 4000)
    assert judgement.changed_decisions == pytest.approx(wrong / 4000)


def test_judge_refuses_when_one_person_bears_the_whole_loss() -> None:
    given = validation(20)
    spread, single = (
        Gate().judge(*answers(given, wrong), given, 0.5)
        for wrong in (dict.fromkeys(range(12), 1), {0: 12})
    )
    assert spread.difference.value == pytest.approx(single.difference.value)
    assert spread.passed
    assert not single.passed
    assert single.difference.low is not None
    assert spread.difference.low is not None
    assert single.difference.low < -0.007 < spread.difference.low
    assert "-0.30 points of balanced accuracy, but it may be" in single.why


@pytest.mark.parametrize("people", [None, 9])
def test_judge_gives_no_interval_when_people_are_few_or_unknown(people: int | None) -> None:
    given = validation(people, 1000)
    judgement = Gate().judge(*answers(given, {0: 3}), given, 0.5)
    assert (judgement.difference.low, judgement.difference.high) == (None, None)
    assert judgement.passed
    assert judgement.why.endswith("too few people for an interval")


@pytest.mark.parametrize(("blinking", "has_interval"), [(1, False), (9, False), (10, True)])
def test_judge_gives_no_interval_when_few_people_show_a_class(
    blinking: int, has_interval: bool
) -> None:
    given = validation(12)
    shown = (given.labels == 0) | (np.asarray(given.people) < blinking)
    given = Validation(given.crops[shown], given.labels[shown], np.asarray(given.people)[shown])
    difference = Gate().judge(*answers(given, {0: 2}), given, 0.5).difference
    assert difference.value == pytest.approx(-1 / (100 * blinking))
    assert (difference.low is not None, difference.high is not None) == (has_interval,) * 2


def test_judge_passes_a_gain_when_it_is_large() -> None:
    given = validation(20)
    right, wrong = answers(given, dict.fromkeys(range(20), 50))
    judgement = Gate().judge(wrong, right, given, 0.5)
    assert judgement.passed
    assert judgement.difference.value == pytest.approx(0.25)


def test_judge_decides_at_the_operating_point_when_answers_differ_elsewhere() -> None:
    given = validation(12)
    fp32, other = answers(given, {0: 100})
    judgement = Gate().judge(fp32, other, given, 0.3)
    assert (judgement.difference.value, judgement.changed_decisions) == (0, 0)
    assert judgement.largest_difference == pytest.approx(0.5)


def test_judge_covers_the_truth_when_people_are_drawn_anew() -> None:
    rng = np.random.default_rng(4)
    given, covered = validation(30, 20), 0
    for _ in range(60):
        losses = {person: int(n) for person, n in enumerate(rng.binomial(20, 0.2, 30))}
        found = Gate().judge(*answers(given, losses), given, 0.5).difference
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= -0.1 <= found.high
    assert covered >= 51
