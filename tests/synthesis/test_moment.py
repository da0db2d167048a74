from dataclasses import replace

import numpy as np
import pytest

from blink.contract import CLOSED, CLOSED_UNTIL, OPEN, OPEN_FROM
from blink.synthesis.moment import Moment, Side, sample_moment


@pytest.fixture
def moment() -> Moment:
    return sample_moment(np.random.default_rng(0), infrared=False)


@pytest.mark.parametrize(
    ("openness", "label"),
    [
        (0.0, CLOSED),
        (CLOSED_UNTIL, CLOSED),
        (CLOSED_UNTIL + 0.001, None),
        (OPEN_FROM - 0.001, None),
        (OPEN_FROM, OPEN),
        (1.0, OPEN),
    ],
)
def test_label_is_null_when_the_eye_is_half_closed(
    moment: Moment, openness: float, label: int | None
) -> None:
    assert replace(moment, openness=openness).label == label


@pytest.mark.parametrize(
    ("across", "down", "side", "gaze"),
    [
        (0.0, 0.0, "left", "centre"),
        (0.4, 0.0, "left", "left"),  # outwards, for the left eye
        (0.4, 0.0, "right", "right"),
        (-0.4, 0.0, "left", "right"),
        (0.1, 0.25, "left", "down"),
        (0.1, -0.25, "right", "up"),
    ],
)
def test_gaze_is_said_from_the_persons_side(
    moment: Moment, across: float, down: float, side: Side, gaze: str
) -> None:
    look = replace(moment.look, across=across, down=down)
    assert replace(moment, openness=0.8, look=look).gaze(side) == gaze
    assert replace(moment, openness=0.0, look=look).gaze(side) is None


@pytest.mark.parametrize("label", [CLOSED, OPEN])
def test_sample_moment_gives_the_label_that_is_wanted(label: int) -> None:
    rng = np.random.default_rng(1)
    assert {sample_moment(rng, infrared=True, label=label).label for _ in range(200)} == {label}


@pytest.mark.parametrize(
    ("openness", "squint", "expression"),
    [(0.5, 0.8, "squint"), (0.9, 0.8, "calm"), (0.5, 0.2, "calm"), (0.0, 0.9, None)],
)
def test_eye_squints_when_it_is_open_narrow_and_tense(
    moment: Moment, openness: float, squint: float, expression: str | None
) -> None:
    assert replace(moment, openness=openness, squint=squint).expression == expression
