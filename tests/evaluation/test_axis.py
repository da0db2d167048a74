import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.evaluation.axis import Axis, fit_axis, trace_path
from blink.evaluation.bootstrap import Estimate
from blink.evaluation.curves import RocPoint


@pytest.mark.parametrize(
    ("estimates", "start"),
    [
        ([Estimate(0.97, 0.95, 0.98)], 0.9),
        ([Estimate(0.97, 0.95, 0.98), Estimate(0.8, 0.72, 0.85)], 0.7),
        ([Estimate(1.0, 1.0, 1.0)], 0.9),
        ([Estimate(0.66)], 0.6),
        ([Estimate(None, gap="no open eyes"), Estimate(0.86)], 0.8),
        ([Estimate(None, gap="no open eyes")], 0.0),
        ([], 0.0),
    ],
)
def test_fit_axis_shows_every_interval_when_starting_at_a_tenth(
    estimates: list[Estimate], start: float
) -> None:
    assert fit_axis(estimates).start == pytest.approx(start)


@given(st.integers(0, 9))
def test_axis_has_few_round_ticks_up_to_one_when_it_starts_anywhere(tenths: int) -> None:
    axis = Axis(tenths / 10)
    ticks = list(axis.ticks)
    assert 3 <= len(ticks) <= 6
    assert ticks == sorted(ticks)
    assert ticks[-1] == 1
    assert ticks[0] >= axis.start - 1e-9
    assert [axis.at(tick) for tick in ticks[-1:]] == [100]


def test_axis_puts_values_at_their_share_when_they_are_within() -> None:
    axis = Axis(0.8)
    assert [axis.at(value) for value in (0.8, 0.85, 1.0, 0.3)] == [0, 25, 100, 0]


def test_trace_path_runs_from_lower_left_to_upper_right_when_drawn() -> None:
    points = [RocPoint(0, 0), RocPoint(0.25, 0.9), RocPoint(1, 1)]
    assert trace_path(points) == "M0.00 100.00L25.00 10.00L100.00 0.00"
