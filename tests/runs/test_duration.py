import pytest

from blink.runs import tell_duration


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (75, "1 min 15 s"),
        (3_599, "59 min 59 s"),
        (7_380, "2 h 3 min"),
        (86_399, "23 h 59 min"),
        (3 * 86_400 + 4 * 3_600 + 59, "3 d 4 h"),
    ],
)
def test_duration_has_two_units_at_most_when_told(seconds: float, told: str) -> None:
    assert tell_duration(seconds) == told
