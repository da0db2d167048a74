import pytest

from blink.evaluation.populations.widest import name_widest
from blink.evaluation.statistics import Difference, Estimate


def gap(value: float, low: float, high: float, p: float) -> Difference:
    return Difference(Estimate(value, low, high), p)


NOISE = gap(-0.01, -0.03, 0.01, 0.3)
CLEAR = gap(-0.02, -0.025, -0.015, 0.001)


@pytest.mark.parametrize(
    ("gaps", "told"),
    [
        ({}, ""),
        (
            {"glasses no": gap(0.01, -0.01, 0.03, 0.3), "glasses yes": NOISE},
            "widest in glasses yes",
        ),
        ({"glasses yes": CLEAR}, "widest in glasses yes, clear in glasses yes"),
        (
            {"age old": gap(-0.04, -0.09, 0.01, 0.09), "glasses yes": CLEAR, "side left": NOISE},
            "widest in age old, clear in glasses yes",
        ),
        (
            {"glasses yes": CLEAR, "gender man": gap(0.01, -0.05, 0.07, 0.8)},
            "widest in glasses yes, clear in glasses yes, upper end from gender man",
        ),
        ({"gender man": gap(0.0, -0.05, 0.05, 1.0)}, "upper end from gender man"),
        # Better than the rest by more than chance, and weaker by too little after so many looks.
        (
            {
                "side left": gap(0.02, 0.01, 0.03, 0.001),
                "glasses yes": gap(-0.02, -0.03, -0.01, 0.1),
            },
            "widest in glasses yes",
        ),
    ],
)
def test_name_widest_names_each_group_behind_the_figure_when_they_differ(
    gaps: dict[str, Difference], told: str
) -> None:
    assert name_widest(gaps) == told
