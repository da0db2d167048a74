from math import gcd
from typing import Final

import torch
from torch import Tensor

from blink.contract import InputSpec
from blink.data.camera.simulation import to_uint8
from blink.runtime.preprocessing import FINE, gain_and_offset

_EXACT: Final = 256
"""So many squares of levels sum up to less than 2^24, where float32 is exact in any order."""


def normalised(crops: Tensor, spec: InputSpec) -> Tensor:
    """`blink.runtime.preprocessing.planes` for a batch on a CPU or on CUDA, to the bit.

    Args:
        crops: uint8 (N, C, H, W) at the net's size.
        spec: Says which normalisation.

    Returns:
        uint8 (N, C, H, W).
    """
    if spec.normalisation == "unit":
        return crops
    levels = crops.float()
    size = levels[0].numel()
    total, squares = _sum(levels), _sum(levels.square())
    gain, offset = gain_and_offset(size, total, squares, torch.sqrt, torch.round)
    # The product and the sum have at most 24 bits: exact, fused or not.
    return to_uint8(torch.addcmul(_each(offset / FINE), levels, _each(gain / FINE)))


def _sum(numbers: Tensor) -> Tensor:
    """Of each crop's whole numbers up to 255², exactly: float64 (N,)."""
    size = numbers[0].numel()
    parts = numbers.view(len(numbers), -1, gcd(size, _EXACT)).sum(2)
    return parts.sum(1, dtype=torch.float64)


def _each(values: Tensor) -> Tensor:
    return values.float().view(-1, 1, 1, 1)
