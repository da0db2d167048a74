import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from blink.contract import CLOSED_UNTIL, OPEN_FROM
from blink.target import Behaviour
from blink.target.kinematics import add_closure, natural

_seeds = st.integers(0, 2**32 - 1)


def _behaviour(**changes: float) -> Behaviour:
    values = {"blinks_per_minute": 20.0, "spread": 0.0, "incomplete": 0.0, "asynchrony_ms": 0.0}
    return Behaviour(**{**values, **changes})


def _begins(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where runs of true begin along the frames; a run that is under way at first is none."""
    return np.asarray(flags[:, 1:] & ~flags[:, :-1])


@settings(max_examples=40)
@given(
    seed=_seeds,
    behaviour=st.builds(
        Behaviour,
        blinks_per_minute=st.floats(0, 120),
        spread=st.floats(0, 2),
        blink_ms=st.floats(50, 2000),
        incomplete=st.floats(0, 1),
        asynchrony_ms=st.floats(0, 100),
    ),
    seconds=st.floats(0, 20),
    fps=st.floats(1, 60),
)
def test_natural_gives_openness_from_0_to_1_whatever_the_behaviour(
    seed: int, behaviour: Behaviour, seconds: float, fps: float
) -> None:
    openness = natural(np.random.default_rng(seed), behaviour, 3, seconds, fps)
    assert openness.shape == (3, max(1, round(seconds * fps)), 2)
    assert openness.dtype == np.float32
    assert openness.min() >= 0
    assert openness.max() <= 1


@pytest.mark.parametrize("rate", [6.0, 20.0, 40.0])
def test_natural_blinks_as_often_as_configured(rate: float) -> None:
    openness = natural(
        np.random.default_rng(1), _behaviour(blinks_per_minute=rate), 300, seconds=60, fps=120
    )
    found = _begins(openness[..., 0] <= CLOSED_UNTIL).sum() / 300
    assert found == pytest.approx(rate, rel=0.05)


def test_natural_blinks_as_often_in_the_first_second_as_later() -> None:
    openness = natural(np.random.default_rng(2), _behaviour(), 6000, seconds=6, fps=50)
    begins = _begins(openness[..., 0] <= CLOSED_UNTIL).sum(axis=0)
    first, last = begins[:49].sum(), begins[-50:].sum()
    assert first == pytest.approx(2000, rel=0.08)
    assert last == pytest.approx(2000, rel=0.08)


@pytest.mark.parametrize("blink_ms", [150.0, 250.0, 400.0])
def test_natural_blink_lasts_as_long_as_configured(blink_ms: float) -> None:
    rng = np.random.default_rng(3)
    behaviour = _behaviour(blinks_per_minute=6, blink_ms=blink_ms)
    openness = natural(rng, behaviour, 200, seconds=60, fps=500)
    per_blink = 60 / 6 * 1e3
    closed = (openness[..., 0] <= CLOSED_UNTIL).mean() * per_blink
    assert closed == pytest.approx(0.2 * blink_ms, rel=0.08)
    # All of the movement: a lid that drifts moves by less than 0.04 in a second.
    moves = np.abs(np.diff(openness[..., 0], axis=1)) * 500 > 0.1
    still = openness[:, 1:, 0] <= CLOSED_UNTIL
    assert (moves | still).mean() * per_blink == pytest.approx(blink_ms, rel=0.1)


@given(seed=_seeds, blink_ms=st.floats(100, 600))
def test_natural_blink_closes_faster_than_it_opens(seed: int, blink_ms: float) -> None:
    rng = np.random.default_rng(seed)
    openness = natural(rng, _behaviour(blink_ms=blink_ms), 20, seconds=30, fps=500)
    steps = np.diff(openness[..., 0], axis=1)
    falling, rising = (steps < -2e-3).sum(), (steps > 2e-3).sum()
    assert falling > 0
    assert 1.3 * falling < rising < 2.5 * falling


def test_natural_blinks_do_not_close_when_all_are_incomplete() -> None:
    openness = natural(np.random.default_rng(4), _behaviour(incomplete=1), 200, 60, 120)
    assert openness.min() > CLOSED_UNTIL
    assert openness.min() < 0.2
    shallow = natural(np.random.default_rng(4), _behaviour(incomplete=0.5), 200, 60, 120)
    closes = _begins(shallow[..., 0] <= CLOSED_UNTIL).sum() / 200
    assert closes == pytest.approx(10, rel=0.1)


def test_natural_never_blinks_when_the_rate_is_0() -> None:
    openness = natural(np.random.default_rng(5), _behaviour(blinks_per_minute=0), 50, 60, 30)
    assert openness.min() > 0.5


def test_natural_rates_differ_between_users_by_the_spread() -> None:
    rates = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        openness = natural(rng, _behaviour(spread=0.5), 1, seconds=1200, fps=30)
        rates.append(_begins(openness[..., 0] <= OPEN_FROM).sum() / 20)
    assert np.mean(rates) == pytest.approx(20, rel=0.1)
    assert np.std(np.log(rates)) == pytest.approx(0.5, abs=0.07)


def test_natural_eyes_blink_together_and_one_a_little_late() -> None:
    together = natural(np.random.default_rng(6), _behaviour(), 100, 60, 500)
    closed = together <= CLOSED_UNTIL
    assert (closed[..., 0] == closed[..., 1]).all()
    apart = natural(np.random.default_rng(6), _behaviour(asynchrony_ms=10), 100, 60, 500)
    closed = apart <= CLOSED_UNTIL
    blinks = _begins(closed[..., 0]).sum()
    # A lag of 10 ms leaves one eye closed alone for 10 ms at the start and at the end.
    alone = (closed[..., 0] != closed[..., 1]).sum() / 500 / blinks
    assert alone == pytest.approx(0.02, rel=0.1)


def test_natural_intervals_are_skewed_towards_long_ones() -> None:
    openness = natural(np.random.default_rng(7), _behaviour(), 1, seconds=4 * 3600, fps=60)
    times = np.flatnonzero(_begins(openness[..., 0] <= CLOSED_UNTIL)[0]) / 60
    intervals = np.diff(times)
    assert np.median(intervals) < 0.85 * intervals.mean()


@settings(max_examples=200)
@given(
    fps=st.floats(5, 240),
    start=st.floats(-1, 3),
    length=st.floats(0, 3),
    falls=st.floats(0.01, 2),
    rises=st.floats(0.01, 2),
    rest=st.floats(0.3, 1),
)
def test_add_closure_closes_from_start_for_its_length_and_at_no_other_time(
    fps: float, start: float, length: float, falls: float, rises: float, rest: float
) -> None:
    openness = np.full((1, round(4 * fps), 2), rest, np.float32)
    add_closure(openness, (True, False), start, length, fps, (falls, rises))
    time = np.arange(openness.shape[1]) / fps
    within = (time - start >= 0) & (time - (start + length) < 0)
    assert ((openness[0, :, 0] <= CLOSED_UNTIL) == within).all()
    assert (openness[0, :, 1] == np.float32(rest)).all()
    resting = (time < start - falls) | (time > start + length + rises)
    assert (openness[0, resting, 0] == np.float32(rest)).all()
    if length >= 1 / fps and start >= 0:
        assert within.any(), "a closure of a frame's length is seen"


def test_add_closure_falls_and_rises_without_turning_back() -> None:
    openness = np.ones((1, 300, 2), np.float32)
    add_closure(openness, (True, True), 1.0, 0.5, 100, (0.6, 0.8))
    eye = openness[0, :, 0]
    assert (np.diff(eye[:101]) <= 0).all()
    assert (np.diff(eye[149:]) >= 0).all()
    assert eye[70] == pytest.approx(CLOSED_UNTIL + (1 - CLOSED_UNTIL) / 2, abs=1e-3)


def test_add_closure_gives_each_session_its_own_and_none_where_start_is_nan() -> None:
    openness = np.ones((3, 60, 2), np.float32)
    eyes = np.array([(True, False), (False, True), (True, True)])
    add_closure(openness, eyes, np.array([0.5, 1.0, np.nan]), np.array([0.2, 0.4, 1.0]), 30)
    closed = openness <= CLOSED_UNTIL
    assert closed.sum(axis=1).tolist() == [[6, 0], [0, 12], [0, 0]]
    assert (openness[2] == 1).all()


def test_add_closure_narrows_the_other_eye_when_it_squints() -> None:
    openness = np.full((1, 60, 2), 0.9, np.float32)
    add_closure(openness, (False, True), 0.5, 0.4, 30, squint=0.3)
    np.testing.assert_allclose(openness[0, 16:26, 0], 0.63, atol=1e-6)
    assert (openness[0, 16:26, 1] == 0).all()


def test_add_closure_opens_nothing_that_was_closed() -> None:
    openness = np.zeros((1, 60, 2), np.float32)
    add_closure(openness, (True, True), 0.5, 0.4, 30, squint=0.3)
    assert (openness == 0).all()
    twice = np.ones((1, 60, 2), np.float32)
    add_closure(twice, (True, True), 0.5, 0.5, 30)
    once = twice.copy()
    add_closure(twice, (True, True), 0.6, 0.1, 30)
    np.testing.assert_array_equal(twice, once)
