import numpy as np
import pytest
from numpy.typing import NDArray

from blink.evaluation.experience.decide import judge_criteria
from blink.evaluation.experience.unluckiest import PARTS, estimate_unluckiest
from blink.evaluation.statistics import Estimate
from blink.target import Criterion

USES_A_DAY = 40


def simulate(chances: NDArray[np.float64], sessions: int) -> Estimate:
    """Users with these chances of a mistake in each session."""
    happened = np.random.default_rng(0).random((sessions, len(chances))) < chances
    return estimate_unluckiest([USES_A_DAY * happened[part].mean(axis=0) for part in PARTS])


def test_estimate_unluckiest_covers_the_mean_when_all_users_are_alike() -> None:
    """The five who had most mistakes in the same sessions would have had 16 a day, not 12."""
    found = simulate(np.full(100, 0.3), 100)

    assert found.value == pytest.approx(12, abs=1)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 12 < found.high < 15


def test_estimate_unluckiest_finds_the_unluckiest_when_some_users_are() -> None:
    assert simulate(np.repeat([0.01, 1.0], [190, 10]), 40).value == USES_A_DAY


def test_estimate_unluckiest_refuses_no_perfect_net_when_people_are_many() -> None:
    """One log-in in 300 goes wrong as a blink begins; a user may see one such a day."""
    found = simulate(np.full(200, 0.0033), 12)

    asked = Criterion(words="one a day", measure="mistakes_per_day_of_unluckiest", at_most=1)
    (finding,) = judge_criteria([asked], {asked.measure: found})

    assert finding.met is not False


def test_estimate_unluckiest_shares_the_places_when_people_are_alike_in_the_other_parts() -> None:
    """Half have 2 in one part: seen from there all are alike, seen from elsewhere it is over."""
    parts = np.zeros((4, 40))
    parts[0, :20] = 2

    found = estimate_unluckiest(list(parts))

    gap = "2 people are the unluckiest of 40: no interval on fewer than 3"
    assert found == Estimate((1 + 0 + 0 + 0) / 4, gap=gap)
