"""Drawn eyes as batches of crops, and a step alone."""

import numpy as np
import torch
from torch import Tensor

from blink.data.camera import CameraSimulation
from blink.data.camera.transform import Step
from tests.data.drawing import eye


def eyes(count: int, size: tuple[int, int] = (32, 32), channels: int = 1) -> Tensor:
    """uint8 (count, channels, *size); every channel is another eye."""
    height, width = size
    drawn = [eye(n, n % 2 == 0, max(size))[:height, :width] for n in range(count * channels)]
    return torch.from_numpy(np.stack(drawn).reshape(count, channels, height, width))


def plain(count: int, level: int, size: tuple[int, int] = (32, 32)) -> Tensor:
    """Crops of one level."""
    return torch.full((count, 1, *size), level, dtype=torch.uint8)


def after(step: Step, crops: Tensor, seed: int = 0) -> Tensor:
    """What a step alone leaves of crops."""
    return CameraSimulation({"step": step})(crops, seed)


def differences(crops: Tensor, others: Tensor) -> Tensor:
    """Of the levels: float, of the same shape."""
    return others.float() - crops.float()


def changed(crops: Tensor, others: Tensor) -> Tensor:
    """Which crops are no longer what they were: bool (N,)."""
    return (crops != others).flatten(1).any(1)
