"""A contact sheet: people by row, states by column, for a person to look at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from blink.contract import Crop
from blink.synthesis.camera import SENSORS
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, sample_shot, take
from blink.synthesis.surroundings import NO_FINGER, NO_FRINGE, NO_RIM
from blink.synthesis.tile import fit, write

_TILE: Final = 128
_HEAD: Final = 22
_MARGIN: Final = 150

_SENSOR = {sensor.name: sensor for sensor in SENSORS}

Change = Callable[[Shot], Shot]


def _open(openness: float, across: float = 0.0, down: float = -0.03, squint: float = 0.1) -> Change:
    def change(shot: Shot) -> Shot:
        look = replace(shot.moment.look, across=across, down=down)
        lift = -0.12 if down > 0.1 else 0.1 * squint
        moment = replace(
            shot.moment, openness=openness, squint=squint, lift=lift, brow=0.2 * squint, look=look
        )
        return replace(shot, moment=moment)

    return change


COLUMNS: Final[Sequence[tuple[str, str, Change]]] = (
    ("open", "phone", _open(0.95)),
    ("outwards", "phone", _open(0.85, across=0.42)),
    ("looks down", "phone", _open(0.42, down=0.24)),
    ("squints", "phone", _open(0.5, squint=1.0)),
    ("half-closed", "phone", _open(0.18)),
    ("closed", "phone", _open(0.0)),
    ("ir open", "ir-industrial", _open(0.9)),
    ("ir closed", "ir-industrial", _open(0.0)),
    ("ir-depth", "ir-depth", _open(0.8)),
    ("webcam", "webcam", _open(0.8)),
    ("photo", "photo", _open(0.0)),
)
"""Heading, sensor and state of each column; two columns of chance follow."""


def contact_sheet(people: int, seed: int = 0) -> Crop:
    """Draws a contact sheet.

    Args:
        people: How many rows.
        seed: Chooses the people.

    Returns:
        uint8 RGB (H, W, 3).
    """
    columns = len(COLUMNS) + 2
    sheet = np.full((_HEAD + people * _TILE, _MARGIN + columns * _TILE, 3), 24, np.uint8)
    for column, heading in enumerate([*(name for name, _, _ in COLUMNS), "any", "any"]):
        write(sheet, heading, _MARGIN + column * _TILE + 4, 15)
    for row in range(people):
        person = _cast(row, seed)
        top = _HEAD + row * _TILE
        for number, line in enumerate(_describe(person)):
            write(sheet, line, 6, top + 24 + 20 * number)
        for column, crop in enumerate(_tiles(person, seed, row)):
            left = _MARGIN + column * _TILE
            sheet[top : top + _TILE, left : left + _TILE] = fit(crop, _TILE)
    return sheet


def _cast(row: int, seed: int) -> Person:
    """A person who brings into each row another skin tone, and glasses into every third."""
    rng = np.random.default_rng((seed, row))
    while True:
        person = sample_person(rng)
        if person.pigments.skin_tone == row % 6 and (person.glasses is not None) == (row % 3 == 2):
            return person


def _describe(person: Person) -> tuple[str, ...]:
    return (
        f"{person.gender}, {person.age_group}",
        f"skin tone {person.skin_tone}",
        "glasses" if person.glasses else "no glasses",
    )


def _tiles(person: Person, seed: int, row: int) -> list[Crop]:
    tiles = []
    for column, (_, sensor, change) in enumerate(COLUMNS):
        shot = sample_shot(np.random.default_rng((seed, row, column)), person, _SENSOR[sensor])
        tiles.append(take(person, change(_posed(shot))))
    for chance in range(2):
        rng = np.random.default_rng((seed, row, len(COLUMNS) + chance))
        tiles.append(take(person, sample_shot(rng, person)))
    return tiles


def _posed(shot: Shot) -> Shot:
    """The shot as a photographer would take it: well lit, sharp, straight, in the middle."""
    size = max(shot.exposure.sensor.side[1] // 2, _TILE // 2)
    view = replace(
        shot.view, height=size, width=size, span=(3.0, 3.0), centre=(0.0, -0.15), angle=0.0
    )
    light = replace(
        shot.light, gain=0.95, across=0.05, down=-0.05, cast=(0, 0, 0), tint=(1.02, 1.0, 0.98)
    )
    blur = min(shot.exposure.blur)
    exposure = replace(shot.exposure, blur=(blur, blur), gamma=1.0, contrast=0.95, black=0.0)
    return replace(
        shot,
        view=view,
        light=light,
        exposure=exposure,
        surroundings=replace(shot.surroundings, rim=NO_RIM, fringe=NO_FRINGE, finger=NO_FINGER),
    )
