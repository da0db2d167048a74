"""Transfers numpy arrays to the device of a batch."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_ALIGNED: Final = 8
"""Bytes: the widest number that is sent."""


def to_device(arrays: Sequence[NDArray[Any]], device: torch.device) -> list[Tensor]:
    """The arrays as tensors on a device, in a single copy: each copy would be waited for."""
    if device.type == "cpu":
        return [torch.from_numpy(array) for array in arrays]
    flat = torch.from_numpy(packed(arrays))
    if device.type == "cuda":
        flat = flat.pin_memory()
    return unpacked(flat.to(device, non_blocking=True), arrays)


def packed(arrays: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
    """All bytes of the arrays in a row, each at a multiple of 8."""
    flat = np.empty(_starts(arrays)[-1], np.uint8)
    for array, start in zip(arrays, _starts(arrays), strict=False):
        flat[start : start + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return flat


def unpacked(flat: Tensor, like: Sequence[NDArray[Any]]) -> list[Tensor]:
    """What was packed, as views of its bytes in the types and shapes of the arrays."""
    return [
        flat[start : start + array.nbytes].view(torch.from_numpy(array[:0]).dtype).view(array.shape)
        for array, start in zip(like, _starts(like), strict=False)
    ]


def _starts(arrays: Sequence[NDArray[Any]]) -> list[int]:
    """Where each array begins, and where the last one ends."""
    return list(
        accumulate((-(-array.nbytes // _ALIGNED) * _ALIGNED for array in arrays), initial=0)
    )
