from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""One eye crop as it comes from an eye finder: uint8, (H, W) grey or (H, W, 3) RGB."""

Probabilities = NDArray[np.float32]
"""p_closed, float32 (N,), each in [0, 1]."""


class Intelligence(Protocol):
    """Anything that says how likely an eye is closed: nets, heuristics, foreign models."""

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        """The probability of *closed* of each crop: float32 (N,)."""
        ...
