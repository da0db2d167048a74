"""Parts of a rendered face that an eye finder may take for an eye, and what may hide one."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop
from blink.synthesis.camera import develop
from blink.synthesis.finder import View
from blink.synthesis.frame import Frame, Planes, bell, lay
from blink.synthesis.lighting import shine
from blink.synthesis.palette import Palette, mix_palette
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, draw, sample_shot

_BELOW_EYE, _ABOVE_EYE, _ABOVE_BROW = 0.75, -0.5, -2.0
"""y, in eye units: below the first no lid is seen, above the others no lid, and no brow either."""

Layer = Callable[[Planes, Palette, Frame, np.random.Generator], None]
"""Draws over a scene, in place."""


def cheek(rng: np.random.Generator) -> Crop:
    """Bare skin below the eye."""
    return _elsewhere(rng, lambda view: _BELOW_EYE + view.span[1] / 2 + rng.uniform(0, 0.5))


def forehead(rng: np.random.Generator) -> Crop:
    """Bare skin above the brow."""
    return _elsewhere(rng, lambda view: _ABOVE_BROW - view.span[1] / 2 - rng.uniform(0, 0.3))


def brow(rng: np.random.Generator) -> Crop:
    """A brow without the eye beneath."""
    return _elsewhere(rng, lambda view: _ABOVE_EYE - view.span[1] / 2 - rng.uniform(0, 0.1))


def off_centre(rng: np.random.Generator) -> Crop:
    """An eye of which half or more lies outside: its middle is at the rim of the crop."""
    person, shot = _meet(rng)
    view = shot.view
    reach = rng.uniform(0.5, 0.65) * view.span[0] * (-1 if rng.random() < 0.5 else 1)
    return _take(person, shot, replace(view, centre=(float(reach), view.centre[1])))


def mouth(rng: np.random.Generator) -> Crop:
    """Lips, closed or parted."""
    return _over_skin(rng, _draw_mouth)


def nostrils(rng: np.random.Generator) -> Crop:
    """Two dark holes beneath the tip of a nose."""
    return _over_skin(rng, _draw_nostrils)


def hair(rng: np.random.Generator) -> Crop:
    """Hair that hides the whole eye."""
    return _over_eye(rng, _draw_hair)


def hand(rng: np.random.Generator) -> Crop:
    """Fingers over the eye."""
    return _over_eye(rng, _draw_fingers)


def _meet(rng: np.random.Generator) -> tuple[Person, Shot]:
    person = sample_person(rng)
    return replace(person, glasses=None), sample_shot(rng, person)


def _take(person: Person, shot: Shot, view: View) -> Crop:
    moved = replace(shot, view=view)
    return develop(draw(person, moved), moved.exposure, view)


def _elsewhere(rng: np.random.Generator, height: Callable[[View], float]) -> Crop:
    """What lies beside the eye: an upright, smaller window whose middle is at that y."""
    person, shot = _meet(rng)
    span = rng.uniform(0.45, 0.8)
    view = replace(shot.view, span=(span * shot.view.span[0], span * shot.view.span[1]), angle=0.0)
    return _take(person, shot, replace(view, centre=(float(rng.normal(0, 0.4)), height(view))))


def _over_skin(rng: np.random.Generator, layer: Layer) -> Crop:
    """Something drawn on the skin of the cheek, in the middle of the window."""
    person, shot = _meet(rng)
    view = shot.view
    beneath = replace(view, centre=(view.centre[0], view.centre[1] + 1.2 + view.span[1] / 2))
    return _layered(person, replace(shot, view=beneath), layer, rng, view)


def _over_eye(rng: np.random.Generator, layer: Layer) -> Crop:
    person, shot = _meet(rng)
    return _layered(person, shot, layer, rng, shot.view)


def _layered(
    person: Person, shot: Shot, layer: Layer, rng: np.random.Generator, view: View
) -> Crop:
    """Takes a shot with a layer drawn into it, which sees the eye's middle where `view` has it."""
    sensor = shot.exposure.sensor
    palette = mix_palette(person.pigments, sensor.spectrum, sensor.colour)
    planes = draw(person, shot)
    layer(planes, palette, view.frame, rng)
    if rng.random() < 0.5:
        shine(planes, shot.light, view.frame)
    return develop(planes, shot.exposure, shot.view)


def _draw_mouth(planes: Planes, palette: Palette, frame: Frame, rng: np.random.Generator) -> None:
    x = np.linspace(-1, 1, 25)
    width, full = rng.uniform(0.8, 1.3), rng.uniform(0.15, 0.4)
    gap = rng.uniform(0.05, 0.4) if rng.random() < 0.4 else 0.0
    arch = 1 - x**2
    smile = rng.normal(0, 0.12) * x**2
    bow = 1 - 0.35 * np.exp(-((x / 0.15) ** 2))
    upper, lower = smile - full * arch * bow - gap * arch, smile + 1.2 * full * arch + gap * arch
    lips = palette.flush * np.float32(rng.uniform(0.55, 0.95))
    outline = cv2.GaussianBlur(_closed(frame, x * width, upper, lower), (0, 0), 1.0)
    lay(planes, np.asarray(outline, np.float32), lips)
    inner = _closed(frame, x * width, smile - gap * arch - 0.02, smile + gap * arch + 0.02)
    lay(planes, inner, float(rng.uniform(0.02, 0.2)))


def _closed(
    frame: Frame, x: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]
) -> NDArray[np.float32]:
    there, back = np.stack([x, upper], axis=1), np.stack([x, lower], axis=1)[::-1]
    return frame.polygon(np.concatenate([there, back]))


def _draw_nostrils(
    planes: Planes, palette: Palette, frame: Frame, rng: np.random.Generator
) -> None:
    apart, wide, high = rng.uniform(0.35, 0.6), rng.uniform(0.15, 0.3), rng.uniform(0.08, 0.2)
    planes *= 1 + 0.15 * bell(frame.x, 0.5) * bell(frame.y + 0.5, 0.5)
    for side in (-1, 1):
        hole = bell((frame.x - side * apart) / wide, 1.0) * bell(frame.y / high, 1.0)
        lay(planes, np.float32(rng.uniform(0.7, 0.95)) * hole, 0.15 * palette.skin)
        wing = bell((frame.x - 2.1 * side * apart) / 0.1, 1.0) * bell(frame.y + 0.2, 0.4)
        planes *= 1 - 0.3 * wing


def _draw_hair(planes: Planes, palette: Palette, frame: Frame, rng: np.random.Generator) -> None:
    angle = rng.uniform(0, np.pi) + rng.normal(0, 0.12, 220)
    start = rng.uniform(-3, 3, (220, 2))
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(1.5, 4, (220, 1))
    along = np.linspace(-0.5, 0.5, 4)[None, :, None]
    lines = start[:, None, :] + along * way[:, None, :]
    lay(planes, np.full((1, 1), 0.9, np.float32), palette.hair)
    for some in np.split(lines, 4):
        tone = np.float32(rng.uniform(0.6, 1.7))
        lay(planes, frame.strokes(some, float(rng.uniform(0.03, 0.1))), tone * palette.hair)


def _draw_fingers(planes: Planes, palette: Palette, frame: Frame, rng: np.random.Generator) -> None:
    thick, turn = rng.uniform(0.6, 1.2), rng.uniform(0, np.pi)
    across = np.cos(turn) * frame.x + np.sin(turn) * frame.y + rng.uniform(0, thick)
    place = np.mod(across / thick, 1) - 0.5
    tone = np.float32(rng.uniform(0.8, 1.15))
    lay(planes, np.full((1, 1), 0.97, np.float32), tone * palette.skin)
    planes *= 1.08 - np.float32(rng.uniform(0.5, 1.2)) * np.abs(place) ** 2
    planes *= 1 - np.float32(rng.uniform(0.3, 0.8)) * bell(0.5 - np.abs(place), 0.05)
