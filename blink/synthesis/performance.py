"""What people do with their lids in a clip, by `blink.target.kinematics`."""

from typing import Final, Literal

import numpy as np

from blink.target.behaviour import Behaviour
from blink.target.kinematics import FLANKS_S, add_closure, natural
from blink.target.product import Openness

Act = Literal["blinks", "winks", "long-closures"]

_SLOT_S: Final = {"winks": 2.5, "long-closures": 5.0}
"""One of them in so many seconds."""


def perform(
    rng: np.random.Generator, act: Act, behaviour: Behaviour, seconds: float, fps: float
) -> Openness:
    """Draws the openness of the eyes over a clip; whatever else people do, they blink.

    Args:
        rng: Random numbers.
        act: What they do: blink alone, wink with either eye, or keep both closed for long, as if
            nodding off or on purpose.
        behaviour: How they blink.
        seconds: Length of the clip.
        fps: Frames a second.

    Returns:
        (1, frames, 2), the person's left eye first.
    """
    openness = natural(rng, behaviour, 1, seconds, fps)
    if act == "blinks":
        return openness
    count = max(1, round(seconds / _SLOT_S[act]))
    slot = seconds / count
    for number in range(count):
        start = (number + rng.uniform(0.15, 0.45)) * slot
        if act == "winks":
            _wink(rng, openness, start, fps)
        else:
            _close_long(rng, openness, start, fps)
    return openness


def _wink(rng: np.random.Generator, openness: Openness, start: float, fps: float) -> None:
    left = rng.random() < 0.5
    length, squint = rng.uniform(0.15, 0.6), rng.uniform(0.1, 0.35)
    add_closure(openness, (left, not left), start, length, fps, squint=squint)


def _close_long(rng: np.random.Generator, openness: Openness, start: float, fps: float) -> None:
    droops = rng.random() < 0.5
    flanks = (rng.uniform(0.5, 1.5), rng.uniform(0.15, 0.4)) if droops else FLANKS_S
    add_closure(openness, (True, True), start, rng.uniform(0.7, 2.2), fps, flanks_s=flanks)
