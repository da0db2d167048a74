"""A picture as a small net sees it: what pictures of all sizes are compared by."""

import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop
from blink.runtime.preprocessing import grey, resize
from blink.runtime.strangeness import SIDE


def thumbnail(crop: Crop) -> NDArray[np.uint8]:
    """A picture in grey at 32×32 pixels, its shape not kept."""
    return resize(grey(crop), SIDE, SIDE)
