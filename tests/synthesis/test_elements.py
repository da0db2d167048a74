from dataclasses import replace

import numpy as np
import pytest

from blink.contract import OPEN, ConfigError
from blink.synthesis import RenderedEyes
from blink.synthesis.elements import ELEMENTS, check_elements, leave_out
from blink.synthesis.person import sample_person
from blink.synthesis.shot import sample_shot, take


@pytest.mark.parametrize("element", ELEMENTS)
def test_leave_out_changes_some_crops_and_no_label(element: str) -> None:
    changed = 0
    for number in range(24):
        rng = np.random.default_rng((5, number))
        person = sample_person(rng)
        shot = sample_shot(rng, person)
        if element == "occlusion":  # seldom in the way
            shot = replace(shot, surroundings=replace(shot.surroundings, rim=1.0))
        other, without = leave_out(person, shot, [element])
        assert without.moment.label == shot.moment.label
        before, after = take(person, shot), take(other, without)
        changed += before.shape != after.shape or bool((before != after).any())
    assert changed >= 1


def test_leave_out_gives_the_same_person_and_shot_when_nothing_is_named() -> None:
    rng = np.random.default_rng(1)
    person = sample_person(rng)
    shot = sample_shot(rng, person)
    assert leave_out(person, shot, ()) == (person, shot)


def test_leaving_out_twice_changes_nothing_more() -> None:
    rng = np.random.default_rng(2)
    person = sample_person(rng)
    shot = sample_shot(rng, person)
    once = leave_out(person, shot, tuple(ELEMENTS))
    np.testing.assert_array_equal(take(*once), take(*leave_out(*once, tuple(ELEMENTS))))


def test_narrow_eyes_are_wide_when_they_are_left_out() -> None:
    rng = np.random.default_rng(3)
    person = sample_person(rng)
    for element in ("narrow", "looking_down", "squints"):
        shot = sample_shot(rng, person, label=OPEN)
        look = replace(shot.moment.look, down=0.25)
        shot = replace(shot, moment=replace(shot.moment, openness=0.4, squint=0.9, look=look))
        assert shot.moment.expression == "squint"
        assert leave_out(person, shot, [element])[1].moment.openness == 0.8


def test_infrared_eyes_look_as_in_visible_light_when_it_is_left_out() -> None:
    rng = np.random.default_rng(4)
    person = sample_person(rng)
    shot = sample_shot(rng, person)
    sensor = leave_out(person, shot, ["infrared"])[1].exposure.sensor
    assert (sensor.spectrum, sensor.side) == ("rgb", shot.exposure.sensor.side)


def test_unknown_element_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no element eyebags.*bags, brow, camera"):
        RenderedEyes(2, 3, without=("lashes", "eyebags"))


def test_key_changes_when_an_element_is_left_out_whatever_the_order() -> None:
    key = RenderedEyes(2, 3, without=["lashes", "bags"]).key
    assert key == RenderedEyes(2, 3, without=["bags", "lashes"]).key
    assert len({key, RenderedEyes(2, 3).key, RenderedEyes(2, 3, without=["bags"]).key}) == 3
    assert check_elements(["lashes", "bags", "lashes"]) == ("bags", "lashes")
