import numpy as np
import pytest

from blink.contract import CLOSED, OPEN
from blink.data.images import decode
from blink.synthesis.dataset import render_people
from blink.synthesis.slot import fill_slot


def test_slot_holds_the_crop_of_the_data_set() -> None:
    (rows,) = render_people(range(3, 4), 5, seed=7)
    row = rows[4]
    slot = fill_slot(3, 4, seed=7)
    np.testing.assert_array_equal(decode(row["image"]), slot.take())
    assert row["label"] == slot.label


@pytest.mark.parametrize("label", [CLOSED, OPEN])
def test_slot_has_the_label_that_is_wanted(label: int) -> None:
    slots = [fill_slot(number, 0, 1, label) for number in range(40)]
    assert [slot.label for slot in slots] == [label] * 40
    assert len({slot.shot.moment.openness for slot in slots}) > 5


def test_slots_of_any_label_hold_half_closed_eyes_too() -> None:
    labels = {fill_slot(number, crop, 2).label for number in range(10) for crop in range(15)}
    assert labels == {CLOSED, OPEN, None}


def test_slots_of_a_person_show_one_person_in_other_shots() -> None:
    first, second = fill_slot(5, 0, 1), fill_slot(5, 1, 1)
    assert first.person is second.person
    assert first.shot.exposure.grain != second.shot.exposure.grain
    assert fill_slot(6, 0, 1).person is not first.person
