from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from blink.synthesis.camera import SENSORS
from blink.synthesis.eyeball import draw_eyeball
from blink.synthesis.finder import View
from blink.synthesis.glasses import NOTHING
from blink.synthesis.lids import pose_lids
from blink.synthesis.palette import mix_palette
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, draw, sample_shot, take, take_all

_VIEW = View(height=64, width=64, span=(3.0, 3.0), centre=(0.0, 0.0), angle=0.0, mirrored=False)


def _person(seed: int) -> Person:
    return replace(sample_person(np.random.default_rng(seed)), glasses=None)


def _shot(person: Person, seed: int, openness: float, sensor: int = 3) -> Shot:
    shot = sample_shot(np.random.default_rng(seed), person, SENSORS[sensor])
    look = replace(shot.moment.look, across=0.0, down=0.0)
    moment = replace(shot.moment, openness=openness, look=look)
    return replace(shot, moment=moment, view=_VIEW, mirror=NOTHING)


def _eye_pixels(person: Person, openness: float) -> NDArray[np.bool_]:
    """Where the eyeball is drawn: what changes when the skin is painted over in black."""
    frame = _VIEW.frame
    shot = _shot(person, 1, openness)
    palette = mix_palette(person.pigments, "rgb", colour=True)
    lids = pose_lids(person.lids, openness, 0.0, frame)
    planes = np.full((3, frame.height, frame.width), -1.0, np.float32)
    draw_eyeball(planes, person.iris, shot.moment.look, lids, palette, frame)
    return np.asarray((planes > -1.0).any(axis=0))


@pytest.mark.parametrize("seed", range(8))
def test_closed_eye_shows_no_sclera_or_iris(seed: int) -> None:
    assert not _eye_pixels(_person(seed), 0.0).any()


@pytest.mark.parametrize("seed", range(8))
def test_eye_shows_more_of_itself_when_it_opens(seed: int) -> None:
    person = _person(seed)
    areas = [_eye_pixels(person, openness).sum() for openness in (0.05, 0.25, 0.5, 0.75, 1.0)]
    assert areas == sorted(areas)
    assert areas[0] < 0.25 * areas[-1]


@pytest.mark.parametrize("sensor", range(len(SENSORS)))
def test_take_gives_the_size_and_rank_that_the_shot_asks_for(sensor: int) -> None:
    person = _person(0)
    shot = sample_shot(np.random.default_rng(sensor), person, SENSORS[sensor])
    crop = take(person, shot)
    assert crop.dtype == np.uint8
    assert crop.shape[:2] == (shot.view.height, shot.view.width)
    assert crop.ndim == (3 if SENSORS[sensor].colour else 2)


def test_right_eye_is_the_left_one_mirrored_when_all_else_is_equal() -> None:
    person = _person(2)
    left = _shot(person, 5, 0.8)
    exposure = replace(left.exposure, noise=0.0, quality=None, vignetting=0.0)
    left = replace(left, exposure=exposure)
    right = replace(left, view=replace(_VIEW, mirrored=True))
    assert (left.side, right.side) == ("left", "right")
    difference = take(person, left).astype(int) - take(person, right)[:, ::-1]
    assert np.abs(difference).max() <= 2


def test_identity_gives_the_same_skin_and_iris_when_moment_and_light_change() -> None:
    person = _person(4)
    first, second = (
        draw(person, replace(shot, light=_shot(person, 1, 0.9).light))
        for shot in (_shot(person, 1, 0.9), _shot(person, 2, 0.9))
    )
    cheek = slice(-6, None)
    np.testing.assert_allclose(first[:, cheek, 20:40], second[:, cheek, 20:40], atol=0.05)
    other = draw(_person(9), replace(_shot(person, 1, 0.9)))
    assert np.abs(first[:, cheek, 20:40] - other[:, cheek, 20:40]).max() > 0.1


def test_looking_down_moves_the_iris_down() -> None:
    person = _person(3)
    shot = replace(_shot(person, 1, 1.0), surroundings=_shot(person, 1, 1.0).surroundings)
    heights = []
    for down in (-0.1, 0.2):
        look = replace(shot.moment.look, down=down, glints=(), glow=0.0, pupil=0.6)
        moment = replace(shot.moment, look=look, lift=0.0, brow=-2.0)
        drawn = draw(person, replace(shot, moment=moment))[:, :, 25:40].mean(axis=0)
        dark = drawn < np.quantile(drawn, 0.08)
        heights.append(np.nonzero(dark)[0].mean())
    assert heights[1] > heights[0] + 2


def test_take_all_gives_the_pictures_of_each_alone_whoever_is_beside() -> None:
    people = [sample_person(np.random.default_rng(seed)) for seed in range(4)]
    scenes = [(who, sample_shot(np.random.default_rng(n), who)) for n, who in enumerate(people)]
    for scene, together in zip(scenes, take_all(scenes), strict=True):
        np.testing.assert_array_equal(together, take(*scene))
