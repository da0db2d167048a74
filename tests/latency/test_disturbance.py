import pytest

from blink.latency.disturbance import is_disturbed


@pytest.mark.parametrize(("p99_us", "disturbed"), [(99.0, False), (100.0, False), (101.0, True)])
def test_measurement_is_disturbed_when_the_tail_is_more_than_ten_times_the_median(
    p99_us: float, disturbed: bool
) -> None:
    assert is_disturbed(10.0, p99_us) is disturbed
