import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.evaluation.statistics.scales import DIFFERENCE, RATE, SHARE, Scale

SCALES = st.sampled_from([SHARE, Scale(0, 30), RATE, DIFFERENCE])
SHARES = st.floats(0.001, 0.999)


def test_share_is_laid_off_on_the_logit_when_it_is_small() -> None:
    # 0.1 has odds 1/9 and slope 1 / 0.09; ln 2 further the odds are 2/9, ln 2 nearer 1/18.
    low, high = SHARE.around(0.1, 0.09 * 0.6931471805599453)
    assert (low, high) == pytest.approx((1 / 19, 2 / 11))


def test_rate_is_laid_off_as_a_factor_when_it_has_no_upper_bound() -> None:
    assert RATE.around(3.0, 3 * 0.6931471805599453) == pytest.approx((1.5, 6.0))


def test_difference_is_laid_off_evenly_when_it_has_no_bounds() -> None:
    assert DIFFERENCE.around(-0.1, 0.3) == pytest.approx((-0.4, 0.2))


@given(SCALES, SHARES, st.floats(0, 100))
def test_around_holds_the_value_and_stays_in_bounds_when_the_reach_is_long(
    scale: Scale, value: float, reach: float
) -> None:
    low, high = scale.around(value, reach)
    assert scale.least <= low <= value * (1 + 1e-12)
    assert value * (1 - 1e-12) <= high <= scale.most


@given(SHARES, st.floats(0, 0.5))
def test_around_is_the_mirror_image_when_the_share_is_of_the_others(
    share: float, reach: float
) -> None:
    low, high = SHARE.around(share, reach)
    assert SHARE.around(1 - share, reach) == pytest.approx((1 - high, 1 - low))
