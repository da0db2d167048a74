"""A filmstrip: what lids do from frame to frame, for a person to look at."""

from typing import Final

import numpy as np

from blink.contract import Crop
from blink.synthesis.clip import LEFT, RIGHT, Clip
from blink.synthesis.clips import RenderedClips, cast_clip
from blink.synthesis.tile import fit, write

_TILE: Final = 96
_FOOT: Final = 18
_MARGIN: Final = 130


def filmstrip(people: int, seed: int = 0, frames: int = 16, fps: float = 30) -> Crop:
    """Draws a filmstrip: a row for each person, both eyes one above the other.

    Args:
        people: How many rows; by turns they blink, and wink or close their eyes for long.
        seed: Chooses the people.
        frames: How many frames in a row, around the one in which the eyes are least open.
        fps: Frames a second.

    Returns:
        uint8 RGB (H, W, 3); the openness stands below each picture.
    """
    source = RenderedClips(people, 2, seconds=10, fps=fps, seed=seed)
    height = 2 * (_TILE + _FOOT) + _FOOT
    strip = np.full((people * height, _MARGIN + frames * _TILE, 3), 24, np.uint8)
    for row in range(people):
        clip, act = cast_clip(source, row, row % 2)
        top = row * height
        sensor = clip.scene[LEFT].exposure.sensor.name
        for number, line in enumerate((act, sensor, f"{fps:g} frames/s")):
            write(strip, line, 6, top + 24 + 20 * number)
        for column, frame in enumerate(_window(clip, frames)):
            for eye in (LEFT, RIGHT):
                left, upper = _MARGIN + column * _TILE, top + eye * (_TILE + _FOOT)
                tile = fit(clip.take(frame, eye), _TILE)
                strip[upper : upper + _TILE, left : left + _TILE] = tile
                openness = clip.shot(frame, eye).moment.openness
                write(strip, f"{openness:.2f}", left + 30, upper + _TILE + 14)
    return strip


def _window(clip: Clip, frames: int) -> range:
    """Consecutive frames, the first third of which lead to where an eye is least open."""
    openness = [
        min(clip.shot(frame, eye).moment.openness for eye in (LEFT, RIGHT))
        for frame in range(len(clip))
    ]
    first = int(np.argmin(openness)) - frames // 3
    first = min(max(0, first), max(0, len(clip) - frames))
    return range(first, min(first + frames, len(clip)))
