import pytest

from blink.evaluation.populations.widest import widest_gap
from blink.evaluation.statistics import Difference, Estimate


def gap(value: float, low: float | None, high: float | None, p: float | None) -> Difference:
    return Difference(Estimate(value, low, high), p)


NOISE = gap(-0.01, -0.03, 0.01, 0.3)
CLEAR = gap(-0.02, -0.025, -0.015, 0.001)
BETTER = gap(0.08, 0.04, 0.12, 0.001)
UNTESTED = gap(-0.2, -0.3, -0.1, None)
NOBODY = Estimate(None, gap="too few people in every group")


@pytest.mark.parametrize(
    ("gaps", "figures", "groups"),
    [
        ({}, NOBODY, ""),
        ({"glasses yes": gap(-0.03, None, None, None)}, NOBODY, ""),
        ({"gender man": gap(0.0, -0.05, 0.05, 1.0)}, (0, 0, 5), "upper end from gender man"),
        ({"gender man": gap(0.01, -0.01, 0.03, 0.9)}, (-1, -1, 1), "upper end from gender man"),
        (
            {"glasses no": gap(0.01, -0.01, 0.03, 0.3), "glasses yes": NOISE},
            (1, 0, 3),
            "widest in glasses yes",
        ),
        ({"glasses yes": CLEAR}, (2, 1.5, 2.5), "widest in glasses yes, clear in glasses yes"),
        (
            {"glasses yes": CLEAR, "age old": UNTESTED},
            (2, 1.5, 2.5),
            "widest in glasses yes, clear in glasses yes",
        ),
        (
            {"age old": gap(-0.04, -0.09, 0.01, 0.09), "glasses yes": CLEAR, "side left": NOISE},
            (4, 1.5, 9),
            "widest in age old, clear in glasses yes",
        ),
        (
            {"glasses yes": CLEAR, "gender man": gap(0.01, -0.05, 0.07, 0.8)},
            (2, 1.5, 5),
            "widest in glasses yes, clear in glasses yes, upper end from gender man",
        ),
        (
            {"glasses yes": gap(-0.05, -0.06, -0.001, 0.01), "side left": CLEAR},
            (5, 1.5, 6),
            "widest in glasses yes, clear in side left",
        ),
        # Better than the rest by more than chance, and weaker by too little after so many looks.
        (
            {"side left": BETTER, "glasses yes": gap(-0.02, -0.03, -0.01, 0.1)},
            (2, 0, 3),
            "widest in glasses yes",
        ),
        (
            {"side left": BETTER, "glasses yes": CLEAR},
            (2, 1.5, 2.5),
            "widest in glasses yes, clear in glasses yes",
        ),
    ],
)
def test_widest_gap_names_each_group_behind_its_ends_when_they_differ(
    gaps: dict[str, Difference],
    figures: Estimate | tuple[float, float, float],
    groups: str,
) -> None:
    found, named = widest_gap(gaps)

    assert named == groups
    if isinstance(figures, Estimate):
        assert found == figures
    else:
        assert (found.value, found.low, found.high) == pytest.approx(figures)
        assert found.gap is None
