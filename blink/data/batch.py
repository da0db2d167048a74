from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Crops that train or validate together.

    Attributes:
        pixels: uint8 (N, C, H, W): normalised, or at the working size where `seed` is there.
        labels: float (N,), 1 closed, 0 open, NaN where it is not known.
        openness: float (N,), 0 closed to 1 wide open, NaN where it is not known.
        seed: Of the augmentation that is still to come; None where nothing is.
    """

    pixels: Tensor
    labels: Tensor
    openness: Tensor
    seed: int | None = None
