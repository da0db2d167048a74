"""Real and rendered eyes side by side, for a person to look at. Nothing real is kept but the sheet.

Whoever has the archives draws this sheet, and gives it to nobody. No test person is on it.
"""

from pathlib import Path
from typing import Final

import numpy as np

from blink.contract import CLOSED, OPEN, Crop
from blink.synthesis.camera import SENSORS
from blink.synthesis.counterparts import COUNTERPARTS, Counterpart, real_crops
from blink.synthesis.person import sample_person
from blink.synthesis.shot import sample_shot, take
from blink.synthesis.tile import fit, write

_TILE: Final = 72
_HEAD: Final = 22
_GAP: Final = 24
_COLUMNS: Final = 10
_NAMES: Final = {OPEN: "open", CLOSED: "closed"}


def comparison(data: Path | None, lines: int = 4, seed: int = 0) -> Crop:
    """Draws real eyes on the left and rendered ones on the right, open ones above closed ones.

    Args:
        data: The folder with the archives; None for the rendered side alone.
        lines: Lines of each state of each archive.
        seed: Chooses the crops.

    Returns:
        uint8 RGB (H, W, 3).

    Raises:
        DataError: An archive is missing.
    """
    start = 0 if data is None else _COLUMNS * _TILE + _GAP
    blocks = []
    for counterpart in COUNTERPARTS:
        for label in (OPEN, CLOSED):
            block = np.full((_HEAD + lines * _TILE, start + _COLUMNS * _TILE, 3), 24, np.uint8)
            if data is not None:
                write(block, f"{counterpart.importer.kind}, {_NAMES[label]}: real", 4, 15)
                chosen = real_crops(counterpart, data, lines * _COLUMNS, seed, label)
                _lay_out(block, [crop for _, crop in chosen], 0)
            sensors = ", ".join(counterpart.sensors)
            write(block, f"{_NAMES[label]}: rendered ({sensors})", start + 4, 15)
            _lay_out(block, _rendered(counterpart, label, lines * _COLUMNS, seed), start)
            blocks.append(block)
    return np.concatenate(blocks)


def _lay_out(block: Crop, crops: list[Crop], left: int) -> None:
    for number, crop in enumerate(crops):
        row, column = divmod(number, _COLUMNS)
        top, start = _HEAD + row * _TILE, left + column * _TILE
        block[top : top + _TILE, start : start + _TILE] = fit(crop, _TILE)


def _rendered(counterpart: Counterpart, label: int, wanted: int, seed: int) -> list[Crop]:
    """As many rendered crops of the label, each of another person."""
    sensors = [sensor for sensor in SENSORS if sensor.name in counterpart.sensors]
    crops = []
    for number in range(wanted):
        rng = np.random.default_rng((seed, label, 1 + number))
        person = sample_person(rng)
        shot = sample_shot(rng, person, sensors[number % len(sensors)], label)
        crops.append(take(person, shot))
    return crops
