import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from blink.evaluation.statistics.multiple_testing import adjust_p_values


def test_correct_multiplies_by_the_harmonic_sum_when_there_are_three_looks() -> None:
    # Benjamini and Yekutieli: p · n / rank · (1 + 1/2 + 1/3), at most the next larger one's.
    assert adjust_p_values([0.01, 0.04, 0.03]) == pytest.approx([0.055, 0.22 / 3, 0.22 / 3])


def test_correct_leaves_out_what_was_not_tested_when_it_counts_looks() -> None:
    alone = adjust_p_values([0.01, 0.02])
    assert adjust_p_values([None, 0.01, float("nan"), 0.02]) == [None, alone[0], None, alone[1]]


@pytest.mark.parametrize("given", [[], [None], [None, float("nan")]])
def test_correct_has_nothing_to_say_when_nothing_was_tested(given: list[float | None]) -> None:
    assert adjust_p_values(given) == [None] * len(given)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_correct_agrees_with_scipy_and_never_flatters_when_p_values_are_any(
    p_values: list[float],
) -> None:
    found = np.array(adjust_p_values(list(p_values)), float)
    assert (found >= np.array(p_values)).all()
    assert (found >= false_discovery_control(p_values, method="bh") - 1e-12).all()
    assert (np.diff(found[np.argsort(p_values, kind="stable")]) >= 0).all()
    np.testing.assert_array_equal(found, false_discovery_control(p_values, method="by"))
