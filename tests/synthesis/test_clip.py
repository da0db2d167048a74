from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from blink.contract import Crop
from blink.synthesis.camera import SENSORS
from blink.synthesis.clip import LEFT, RIGHT, Clip, sample_clip
from blink.synthesis.form import FLAT, shade_form
from blink.synthesis.frame import Frame
from blink.synthesis.lighting import shine
from blink.synthesis.motion import sample_motion
from blink.synthesis.performance import Act
from blink.synthesis.person import sample_person
from blink.target import Behaviour

_BALL = replace(FLAT, ball=0.15)  # as high on the side of the nose as on that of the temple


def _clip(seed: int, act: Act = "blinks", blinks_per_minute: float = 0.0) -> Clip:
    rng = np.random.default_rng(seed)
    person = replace(sample_person(rng), glasses=None)
    behaviour = Behaviour(blinks_per_minute=blinks_per_minute)
    clip = sample_clip(rng, person, SENSORS[1], act, behaviour, (2.0, 15.0))
    left, right = (replace(eye, view=replace(eye.view, height=64, width=64)) for eye in clip.scene)
    return replace(clip, scene=(left, right))


def _difference(first: Crop, second: Crop) -> float:
    return float(np.abs(first.astype(float) - second).mean() / first.std())


@pytest.mark.parametrize("seed", range(4))
def test_neighbouring_frames_look_alike_when_the_lids_rest(seed: int) -> None:
    clip, other = _clip(seed), _clip(seed + 100)
    crops = [clip.take(frame, LEFT) for frame in range(len(clip))]
    near = np.mean([_difference(a, b) for a, b in pairwise(crops)])
    stranger = np.mean([_difference(crop, other.take(0, LEFT)) for crop in crops])
    assert near < 0.3
    assert near < 0.5 * stranger


def test_frames_carry_noise_of_their_own() -> None:
    clip = _clip(1)
    still = replace(
        clip,
        motion=sample_motion(np.random.default_rng(0), len(clip), 15.0),
        openness=np.ones_like(clip.openness),
    )
    assert len({still.shot(frame, LEFT).exposure.grain for frame in range(len(clip))}) == len(clip)
    assert len({still.shot(0, eye).exposure.grain for eye in (LEFT, RIGHT)}) == 2


def test_take_smears_the_lid_when_it_moves_while_the_shutter_is_open() -> None:
    clip = _clip(2)
    falling = np.ones_like(clip.openness)
    falling[5:] = 0.0  # frame 1 is at instant 4, its shutter is open from 3 to 5
    moving, resting = replace(clip, openness=falling), replace(clip, openness=0 * falling + 1)
    shut = replace(clip, openness=0 * falling)
    smeared, sharp, closed = (c.take(1, LEFT) for c in (moving, resting, shut))
    assert moving.shot(1, LEFT).moment.openness == 1
    assert _difference(sharp, smeared) > 0.05
    assert _difference(closed, smeared) > 0.05
    assert _difference(sharp, smeared) < _difference(sharp, closed)


def test_right_eye_is_lit_from_the_same_side_of_the_room() -> None:
    room = Frame(height=40, width=60, scale=20.0, left=-1.5, top=-1.0)
    for seed in range(8):  # some of them with the edge of a shadow
        clip = _clip(seed)
        left, right = (np.ones((1, room.height, room.width), np.float32) for _ in clip.scene)
        shine(left, clip.scene[LEFT].light, room)
        shine(right, clip.scene[RIGHT].light, room)
        np.testing.assert_allclose(right[:, :, ::-1], left, atol=1e-4)
        shades = [shade_form(_BALL, *eye.light.towards) for eye in clip.scene]
        np.testing.assert_allclose(shades[RIGHT][:, ::-1], shades[LEFT], atol=1e-4)
        lamps = [np.reshape(eye.moment.look.glints, (-1, 3)) for eye in clip.scene]
        np.testing.assert_array_equal(lamps[RIGHT] * (-1, 1, 1), lamps[LEFT])
        assert (clip.scene[LEFT].side, clip.scene[RIGHT].side) == ("left", "right")


def test_face_tightens_around_both_eyes_when_one_winks() -> None:
    clip = _clip(4, act="winks")
    rest = max(range(len(clip)), key=lambda frame: clip.openness[4 * frame].min())
    wink = min(range(len(clip)), key=lambda frame: clip.openness[4 * frame].min())
    for eye in (LEFT, RIGHT):
        assert clip.shot(wink, eye).moment.squint > clip.shot(rest, eye).moment.squint + 0.1
    assert clip.openness[4 * wink].max() > 0.35


def test_gaze_rests_between_jumps_and_stays_in_the_eye() -> None:
    motion = sample_motion(np.random.default_rng(5), 600, 60.0)
    steps = np.hypot(np.diff(motion.across), np.diff(motion.down))
    jumps = (steps > 0.03).sum()
    assert 10 < jumps < 60  # in 10 s
    assert np.median(steps) < 0.01
    assert np.abs(motion.across).max() <= 0.5
    assert np.abs(motion.yaw).max() < 0.11
    assert np.abs(np.diff(motion.yaw)).max() < 0.006
