import numpy as np
import pytest

from blink.contract import CLOSED, OPEN
from blink.data.images import decode
from blink.synthesis.dataset import render_people
from blink.synthesis.portrait import sample_portrait


def test_portrait_holds_the_crop_of_the_data_set() -> None:
    (rows,) = render_people(range(3, 4), 5, seed=7)
    row = rows[4]
    portrait = sample_portrait(3, 4, seed=7)
    np.testing.assert_array_equal(decode(row["image"]), portrait.take())
    assert row["label"] == portrait.label


@pytest.mark.parametrize("label", [CLOSED, OPEN])
def test_portrait_has_the_label_that_is_wanted(label: int) -> None:
    portraits = [sample_portrait(number, 0, 1, label) for number in range(40)]
    assert [portrait.label for portrait in portraits] == [label] * 40
    assert len({portrait.shot.moment.openness for portrait in portraits}) > 5


def test_portraits_of_any_label_hold_half_closed_eyes_too() -> None:
    labels = {sample_portrait(number, crop, 2).label for number in range(10) for crop in range(15)}
    assert labels == {CLOSED, OPEN, None}


def test_portraits_of_a_person_show_one_person_in_other_shots() -> None:
    first, second = sample_portrait(5, 0, 1), sample_portrait(5, 1, 1)
    assert first.person is second.person
    assert first.shot.exposure.grain != second.shot.exposure.grain
    assert sample_portrait(6, 0, 1).person is not first.person
