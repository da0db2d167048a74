import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import Calibration
from blink.training.calibrate import (
    calibrate,
    choose_threshold,
    equal_weights,
    fit_calibration,
    probabilities,
)

UNIFORM = np.full(4000, 1 / 4000)


def _true_logits() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 4000)
    return logits, (rng.random(4000) < 1 / (1 + np.exp(-logits))).astype(np.int64)


@given(st.floats(0.2, 5))
def test_fit_calibration_finds_the_factor_when_logits_were_scaled(factor: float) -> None:
    logits, labels = _true_logits()
    own = fit_calibration(logits, labels, UNIFORM).temperature
    scaled = fit_calibration(factor * logits, labels, UNIFORM).temperature
    assert own == pytest.approx(1, abs=0.1)
    assert scaled == pytest.approx(factor * own, rel=0.01)


def test_fit_calibration_follows_the_weights_when_groups_disagree() -> None:
    logits = np.array([2.0, -2.0, 9.0, -9.0])
    labels = np.array([1, 0, 0, 1])
    trusting = fit_calibration(logits, labels, np.array([0.5, 0.5, 1e-9, 1e-9])).temperature
    doubting = fit_calibration(logits, labels, np.full(4, 0.25)).temperature
    assert trusting < 0.2
    assert doubting > 5


@given(st.floats(-1, 1))
def test_fit_calibration_finds_the_offset_when_logits_were_moved(moved: float) -> None:
    logits, labels = _true_logits()
    found = fit_calibration(logits - moved, labels, UNIFORM)
    still = fit_calibration(logits, labels, UNIFORM)
    assert found.offset - still.offset == pytest.approx(moved / found.temperature, abs=0.02)


def test_choose_threshold_stays_at_half_when_half_is_as_good_as_any() -> None:
    p = np.array([0.1, 0.2, 0.8, 0.9])
    assert choose_threshold(p, np.array([0, 0, 1, 1]), np.full(4, 0.25)).threshold == 0.5


def test_choose_threshold_moves_when_half_decides_wrong() -> None:
    p = np.array([0.1, 0.2, 0.3, 0.4])
    chosen = choose_threshold(p, np.array([0, 0, 1, 1]), np.full(4, 0.25)).threshold
    assert 0.2 < chosen <= 0.3


@pytest.mark.parametrize(("costs", "expected"), [(0.001, 0.5), (0.003, 0.3)])
def test_choose_threshold_moves_when_half_costs_more_than_a_fifth_of_a_point(
    costs: float, expected: float
) -> None:
    p, labels = np.array([0.1, 0.301, 0.9]), np.array([0, 1, 1])
    weights = np.array([1, 2 * costs, 1 - 2 * costs])  # the one at 0.301 is lost at a half
    assert choose_threshold(p, labels, weights).threshold == expected


def test_equal_weights_give_each_data_set_and_class_the_same_when_sizes_differ() -> None:
    groups = np.array(["a"] * 9 + ["b"] * 3, dtype=object)
    labels = np.array([1] * 8 + [0] + [0, 0, 1])
    weights = equal_weights(groups, labels)
    assert weights.sum() == pytest.approx(1)
    for group in "ab":
        for label in (0, 1):
            assert weights[(groups == group) & (labels == label)].sum() == pytest.approx(0.25)


def test_calibrate_gives_probabilities_that_hold_when_logits_are_too_sure() -> None:
    logits, labels = _true_logits()
    calibration, point = calibrate(3 * logits, labels, np.full(4000, "a", dtype=object))
    p = probabilities(3 * logits, calibration)
    assert p[(p > 0.7) & (p < 0.9)].mean() == pytest.approx(
        labels[(p > 0.7) & (p < 0.9)].mean(), abs=0.05
    )
    assert point.threshold == pytest.approx(0.5, abs=0.05)
    assert probabilities(np.zeros(1), Calibration(3.0))[0] == 0.5
