"""People drawn again and again, not crops: the crops of one person err together.

Where nobody knows whose a crop is, the crop is resampled, see `Sample`. Such intervals are too
narrow, and whatever shows them says that its people are unknown.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000

Weights = NDArray[np.float64]
"""(1 + people + draws, people): how often a row takes each person.

Row 0 takes everybody once, each of the next rows leaves one person out, the others are draws.
"""


def draw_people(people: int, draws: int, seed: int = 0) -> Weights:
    """Resamples people with replacement.

    Args:
        people: How many there are.
        draws: How many resamples; of fewer than two people there is only the first row.
        seed: The same seed gives the same draws.

    Returns:
        Not to be written to: the same array is given for the same arguments.
    """
    return _draw_people(people, draws, seed)


@lru_cache(maxsize=4)  # by position: a default or a keyword would be another call to the cache
def _draw_people(people: int, draws: int, seed: int) -> Weights:
    if people < 2:
        weights = np.ones((1, people))
    else:
        drawn = np.random.default_rng(seed).integers(people, size=(draws, people))
        cells = drawn + people * np.arange(draws)[:, None]
        taken = np.bincount(cells.ravel(), minlength=draws * people).reshape(draws, people)
        weights = np.vstack([np.ones((1, people)), 1 - np.eye(people), taken])
    weights.flags.writeable = False
    return weights
