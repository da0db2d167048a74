"""Which eyes are truly closed, and what an intelligence says that is always right.

Between `CLOSED_UNTIL` and `OPEN_FROM` an eye is half-closed: no label fits, and no answer of an
intelligence is wrong. A product has to take it for one or the other, and so does the truth that the
product is held against: for closed up to `HALFWAY`, for open above.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import CLOSED_UNTIL, OPEN_FROM
from blink.target.product import Openness, Scores

HALFWAY: Final = (CLOSED_UNTIL + OPEN_FROM) / 2


def truly_closed(openness: Openness) -> NDArray[np.bool_]:
    """Whether each eye is nearer to closed than to open."""
    return openness <= np.float32(HALFWAY)


def always_right(openness: Openness) -> Scores:
    """p_closed of an intelligence that never errs, in any shape.

    It is 1 for closed eyes, 0 for open ones, and on a straight line between for half-closed ones:
    at a threshold of 0.5 they count as what they are nearer to.
    """
    closed = (np.float32(OPEN_FROM) - openness) / np.float32(OPEN_FROM - CLOSED_UNTIL)
    scores: Scores = np.clip(closed, np.float32(0), np.float32(1))
    return scores
