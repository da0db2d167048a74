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


_RNG = np.random.default_rng(0)
LOGITS = _RNG.normal(0, 2, 4000)
LABELS = (_RNG.random(4000) < 1 / (1 + np.exp(-LOGITS))).astype(np.int64)  # as the logits say
OWN = fit_calibration(LOGITS, LABELS, UNIFORM)


@given(st.floats(0.2, 5))
def test_fit_calibration_finds_the_factor_when_logits_were_scaled(factor: float) -> None:
    scaled = fit_calibration(factor * LOGITS, LABELS, UNIFORM).temperature
    assert OWN.temperature == pytest.approx(1, abs=0.1)
    assert scaled == pytest.approx(factor * OWN.temperature, rel=0.01)


def test_fit_calibration_follows_the_weights_when_groups_disagree() -> None:
    logits = np.tile([2.0, -2.0, 9.0, -9.0], 100)
    labels = np.tile([1, 0, 0, 1], 100)
    some = np.tile([0.5, 0.5, 1e-9, 1e-9], 100)
    assert fit_calibration(logits, labels, some).temperature < 0.5
    assert fit_calibration(logits, labels, np.full(400, 0.25)).temperature > 5


@given(st.floats(-1, 1))
def test_fit_calibration_finds_the_offset_when_logits_were_moved(moved: float) -> None:
    found = fit_calibration(LOGITS - moved, LABELS, UNIFORM)
    assert found.offset - OWN.offset == pytest.approx(moved / found.temperature, abs=0.02)


@pytest.mark.parametrize(("scale", "shift"), [(0.05, -0.1), (0.2, -0.6)])
def test_fit_calibration_is_undecided_between_the_classes_when_logits_are_tiny(
    scale: float, shift: float
) -> None:
    labels = np.tile([0, 1], 1000)
    spread = np.repeat(np.linspace(-2, 2, 1000), 2)
    found = fit_calibration(
        scale * (1.5 * (2 * labels - 1) + spread) + shift, labels, np.full(2000, 1 / 2000)
    )
    assert found.temperature == pytest.approx(0.1)  # as sure as a net may be made
    assert -found.offset * found.temperature == pytest.approx(shift, abs=0.01)


@pytest.mark.parametrize("crops", [60, 240])
@pytest.mark.parametrize("shift", [0, -4])
def test_fit_calibration_is_undecided_amid_the_gap_when_few_crops_are_told_apart(
    crops: int, shift: float
) -> None:
    labels = np.tile([0, 1], crops // 2)
    logits = np.where(labels == 1, 3, -3) + shift + np.tile([-0.5, -0.2, 0.5, 0.2], crops // 4)
    found = fit_calibration(logits, labels, np.full(crops, 1 / crops))
    assert 0.5 < found.temperature < 1
    assert -found.offset * found.temperature == pytest.approx(shift, abs=0.1)


def test_fit_calibration_is_less_sure_when_a_data_set_of_few_crops_counts_as_much() -> None:
    logits, labels = np.tile([-3.0, 3.0], 1000), np.tile([0, 1], 1000)
    alike, few = np.full(2000, 1 / 2000), np.repeat([1 / 40, 1 / 3960], [20, 1980])
    sure, doubting = (fit_calibration(logits, labels, weights) for weights in (alike, few))
    assert doubting.temperature > 1.3 * sure.temperature


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
    calibration, point = calibrate(3 * LOGITS, LABELS, np.full(4000, "a", dtype=object))
    p = probabilities(3 * LOGITS, calibration)
    assert p[(p > 0.7) & (p < 0.9)].mean() == pytest.approx(
        LABELS[(p > 0.7) & (p < 0.9)].mean(), abs=0.05
    )
    assert point.threshold == pytest.approx(0.5, abs=0.05)
    assert probabilities(np.zeros(1), Calibration(3.0))[0] == 0.5
