import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.pages import Axis, fit_axis


@pytest.mark.parametrize(
    ("lows", "start"),
    [
        ([0.95], 0.9),
        ([0.95, 0.72], 0.7),
        ([1.0], 0.9),
        ([0.66], 0.6),
        ([None, 0.86], 0.8),
        ([None], 0.0),
        ([], 0.0),
    ],
)
def test_fit_axis_shows_every_value_when_starting_at_a_tenth(
    lows: list[float | None], start: float
) -> None:
    assert fit_axis(lows).start == pytest.approx(start)


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
