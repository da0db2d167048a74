import math
from dataclasses import dataclass

import numpy as np

from blink.contract import Crop
from blink.synthesis.brow import draw_brow
from blink.synthesis.camera import SENSORS, Exposure, Sensor, develop, sample_exposure
from blink.synthesis.eyeball import draw_eyeball
from blink.synthesis.finder import View, sample_view
from blink.synthesis.form import shade_form
from blink.synthesis.frame import Planes
from blink.synthesis.glasses import Mirror, draw_glasses, sample_mirror
from blink.synthesis.lashes import draw_lashes
from blink.synthesis.lids import pose_lids
from blink.synthesis.lighting import Light, sample_light, shine
from blink.synthesis.moment import Moment, Side, sample_moment
from blink.synthesis.palette import mix_palette
from blink.synthesis.person import Person
from blink.synthesis.skin import draw_skin
from blink.synthesis.surroundings import Surroundings, draw_surroundings, sample_surroundings


@dataclass(frozen=True)
class Shot:
    """One picture of a person's eye before it is drawn: everything but the person."""

    moment: Moment
    light: Light
    mirror: Mirror
    surroundings: Surroundings
    exposure: Exposure
    view: View

    @property
    def side(self) -> Side:
        """Which of the person's eyes is shown."""
        return "right" if self.view.mirrored else "left"


def sample_shot(
    rng: np.random.Generator,
    person: Person,
    sensor: Sensor | None = None,
    label: int | None = None,
) -> Shot:
    """Draws a shot of a person.

    Args:
        rng: Random numbers.
        person: Whose.
        sensor: The camera; None for any.
        label: `CLOSED` or `OPEN` if the eye must be so; None for any.
    """
    sensor = SENSORS[int(rng.integers(len(SENSORS)))] if sensor is None else sensor
    moment = sample_moment(rng, infrared=sensor.spectrum == "ir", label=label)
    foreshortening = (math.cos(moment.yaw), math.cos(moment.pitch))
    return Shot(
        moment=moment,
        light=sample_light(rng),
        mirror=sample_mirror(rng, person.glasses),
        surroundings=sample_surroundings(rng, person.fringe),
        exposure=sample_exposure(rng, sensor),
        view=sample_view(rng, sensor.side, foreshortening),
    )


def draw(person: Person, shot: Shot) -> Planes:
    """The scene on the canvas of the shot's view, before the camera: (C, H, W)."""
    frame, moment, sensor = shot.view.frame, shot.moment, shot.exposure.sensor
    palette = mix_palette(person.pigments, sensor.spectrum, sensor.colour)
    lids = pose_lids(person.lids, moment.openness, moment.lift, frame)
    form = shade_form(person.form, *shot.light.towards, frame)
    planes = draw_skin(person.skin, form, person.painted, lids, moment.squint, palette, frame)
    draw_brow(planes, person.brow, moment.brow, palette, frame)
    draw_eyeball(planes, person.iris, moment.look, lids, palette, frame)
    draw_lashes(planes, person.lashes, person.makeup, lids, palette, frame)
    shine(planes, shot.light, frame)
    draw_surroundings(planes, shot.surroundings, palette, frame)
    if person.glasses is not None:
        draw_glasses(planes, person.glasses, shot.mirror, frame)
    return planes


def take(person: Person, shot: Shot) -> Crop:
    """The picture of a shot: uint8 (H, W), or RGB (H, W, 3) from a colour camera."""
    return develop(draw(person, shot), shot.exposure, shot.view)
