from typing import Final

import numpy as np

from blink.contract import Crop
from blink.synthesis.camera import SENSORS
from blink.synthesis.person import sample_person
from blink.synthesis.shot import sample_shot, take

_SEED: Final = 20_240_229


def golden_crops(count: int) -> list[Crop]:
    """A few fixed crops of varied sizes, grey and RGB: the golden inputs of bundles.

    Args:
        count: How many. The first ones are the same for every count; the sensors take turns.

    Returns:
        uint8 (H, W) or RGB (H, W, 3) each.
    """
    return [_golden_crop(number) for number in range(count)]


def _golden_crop(number: int) -> Crop:
    rng = np.random.default_rng((_SEED, number))
    person = sample_person(rng)
    return take(person, sample_shot(rng, person, SENSORS[number % len(SENSORS)]))
