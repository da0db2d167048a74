import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.evaluation.curves import RocPoint, bin_reliability, trace_roc
from blink.evaluation.statistics import Estimate, Sample, draw_people, measure
from blink.evaluation.statistics.estimate import most_unseen
from tests.evaluation.drawn import predictions


def random_sample(crops: int, seed: int) -> Sample:
    generator = np.random.default_rng(seed)
    closed = np.concatenate([[True, False], generator.random(crops - 2) < 0.5])
    score = np.clip(generator.normal(0.3 + 0.4 * closed, 0.25), 0, 1).astype(np.float32)
    person = np.arange(crops) % 5
    return Sample(closed, score, person, people=5, whose=person)


def test_trace_roc_steps_as_by_hand_when_crops_are_few() -> None:
    sample = Sample.of(predictions([1, 0, 1, 0], [0.9, 0.7, 0.7, 0.1], list("abcd")))
    assert trace_roc(sample) == (
        RocPoint(0.0, 0.0),
        RocPoint(0.0, 0.5),
        RocPoint(0.5, 1.0),
        RocPoint(1.0, 1.0),
    )


@pytest.mark.parametrize("label", [0, 1])
def test_trace_roc_is_empty_when_a_class_is_missing(label: int) -> None:
    assert trace_roc(Sample.of(predictions([label] * 2, [0.9, 0.1], list("ab")))) == ()


@given(st.integers(10, 3000), st.integers(0, 99))
@settings(max_examples=20)
def test_trace_roc_rises_from_corner_to_corner_and_keeps_the_area(crops: int, seed: int) -> None:
    sample = random_sample(crops, seed)
    points = trace_roc(sample)
    false = np.array([point.false_closed for point in points])
    found = np.array([point.found_closed for point in points])
    assert (points[0], points[-1]) == (RocPoint(0, 0), RocPoint(1, 1))
    assert len(points) <= 200
    assert (np.diff(false) >= 0).all()
    assert (np.diff(found) >= 0).all()
    area = measure(sample, 0.5, np.ones((1, 5)))["auc"][0]
    assert np.trapezoid(found, false) == pytest.approx(area, abs=0.003)


def test_bin_reliability_compares_promise_with_truth_when_bins_are_filled() -> None:
    sample = Sample.of(
        predictions([0, 0, 1, 1, 1, 0], [0.0, 0.01, 1.0, 0.95, 0.99, 0.98], list("aabbcc"))
    )
    low, high = bin_reliability(sample, draw_people(3, 200, 0))
    assert (low.n, high.n) == (2, 4)
    assert (low.low, low.high, high.low, high.high) == pytest.approx((0, 1 / 15, 14 / 15, 1))
    assert (low.promised, high.promised) == pytest.approx((0.005, 0.98))
    assert (low.closed.value, high.closed.value) == (0.0, 0.75)
    assert high.closed.gap == "too few people with such crops: 2, an interval needs at least 10"


def test_bin_reliability_counts_people_when_lots_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blink.evaluation.statistics.sample.MOST_LOTS", 8)
    people = [f"p{number}" for number in range(12)]
    sample = Sample.of(predictions([0] * 12 + [1] * 4, [0.0] * 12 + [1.0] * 4, people + people[:4]))
    low, high = bin_reliability(sample, draw_people(8, 200, 0))
    assert low.closed == Estimate(0.0, 0.0, most_unseen(12))
    assert high.closed.gap == "too few people with such crops: 4, an interval needs at least 10"


def test_bin_reliability_adds_up_to_the_calibration_error() -> None:
    sample = random_sample(500, 1)
    bins = bin_reliability(sample, np.ones((1, 5)))
    assert sum(one.n for one in bins) == 500
    shares = [
        (one.n, one.promised - one.closed.value) for one in bins if one.closed.value is not None
    ]
    error = sum(n * abs(surplus) for n, surplus in shares) / 500
    assert error == pytest.approx(measure(sample, 0.5, np.ones((1, 5)))["ece"][0], abs=1e-6)
