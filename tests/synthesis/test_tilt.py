import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blink.contract import CLOSED, OPEN, ConfigError
from blink.synthesis import RENDERER_VERSION
from blink.synthesis.person import sample_person
from blink.synthesis.portrait import cast, sample_portrait
from blink.synthesis.shot import sample_shot
from blink.synthesis.tilt import Tilt, read_tilt

FIT: dict[str, Any] = {
    "renderer": RENDERER_VERSION,
    "fitted_to": ["mrl", "cew"],
    "people": {"glasses": {"scale": 0.5, "theta": 1.5}},
    "shots": {"gain": {"scale": 0.4, "theta": -1.0}},
}


def test_read_tilt_gives_slopes_in_the_traits_own_units(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(FIT))
    expected = Tilt(("mrl", "cew"), (("glasses", 3.0),), (("gain", -2.5),))
    assert read_tilt(path) == read_tilt(str(path)) == read_tilt(FIT) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"renderer": RENDERER_VERSION - 1}, r"renderer's version \d+, and this is"),
        ({"people": {"openness": {"scale": 1, "theta": 1}}}, "no such traits: openness"),
        ({"shots": {"gain": {"scale": 0, "theta": 1}}}, "no fit of the renderer"),
        ({"shots": {"gain": {"scale": 1, "theta": float("nan")}}}, "no finite number: gain"),
        ({"shots": None}, "no fit of the renderer"),
    ],
)
def test_read_tilt_says_the_fault_and_the_way_out(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as fault:
        read_tilt(FIT | change)
    assert "python -m blink.synthesis fit" in str(fault.value)


@pytest.mark.parametrize("text", ["no JSON", "[1]", "{}"])
def test_read_tilt_names_the_file_when_it_holds_no_fit(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"other\.json"):
        read_tilt(path)
    with pytest.raises(ConfigError, match="nowhere"):
        read_tilt(tmp_path / "nowhere")


def test_cast_draws_more_of_what_the_tilt_asks_for() -> None:
    # 38 of 100 wear glasses; with odds that rise by e³ they are 92 of 100.
    people = [cast(number, 1, read_tilt(FIT)) for number in range(25)]
    assert sum(person.glasses is not None for person in people) >= 19
    assert sum(cast(number, 1).glasses is not None for number in range(25)) < 15


def test_shoot_draws_more_of_what_the_tilt_asks_for_and_the_moments_as_they_are() -> None:
    person, tilt = sample_person(np.random.default_rng(0)), read_tilt(FIT)
    plain, fitted = [], []
    for seed in range(80):
        first = sample_shot(np.random.default_rng(seed), person)
        shot = tilt.shoot(np.random.default_rng(seed), person, None)
        plain.append(first.light.gain)
        fitted.append(shot.light.gain)
        assert shot.moment.openness == first.moment.openness
        assert shot.moment.squint == first.moment.squint
        assert shot.moment.look.down == first.moment.look.down
        assert shot.exposure.sensor.spectrum == "ir" or shot.moment.look.glow == 0
    assert np.mean(fitted) < np.mean(plain) - 0.15


@pytest.mark.parametrize("label", [CLOSED, OPEN])
def test_tilted_portrait_has_the_label_that_is_wanted(label: int) -> None:
    tilt = read_tilt(FIT)
    assert [sample_portrait(0, crop, 1, label, tilt=tilt).label for crop in range(20)] == [
        label
    ] * 20


def test_portrait_comes_out_the_same_again_when_it_is_tilted() -> None:
    tilt = read_tilt(FIT)
    first = sample_portrait(2, 1, 1, tilt=tilt).take()
    cast.cache_clear()
    np.testing.assert_array_equal(first, sample_portrait(2, 1, 1, tilt=tilt).take())
