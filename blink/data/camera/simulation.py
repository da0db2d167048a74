from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from blink.data.camera.beside import beside
from blink.data.camera.happening import Happening, Shape, Step


class Augment(Protocol):
    """What happens to the crops of a batch before they train."""

    def __call__(self, crops: Tensor, seed: int) -> Tensor:
        """Crops as other cameras would have shown them.

        Args:
            crops: uint8 (N, C, H, W) at the working size; they are not written to.
            seed: Decides all random numbers: the result depends on nothing else.

        Returns:
            uint8 (N, C, height, width) at the net's size, on the same device.
        """


class CameraSimulation:
    """A chain of steps over a batch, on whatever device it lies.

    Each crop has its own random numbers. numpy draws all of them from the seed before anything
    happens, so that they are the same on every device; nothing is done image by image, and crops
    that a step does not happen to are not touched by it: see `Stretch` for which ones it does.

    Args:
        steps: By name, in their order; a config leaves one out with `~augment.steps.NAME`.
    """

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.steps = dict(steps)

    def __call__(self, crops: Tensor, seed: int) -> Tensor:
        """See `Augment`."""
        happenings = list(self._drawn(np.random.default_rng(seed), Shape(*crops.shape)))
        sent = iter(beside([a for one in happenings for a in one.numbers], crops.device))
        levels = crops.float()
        for happening in happenings:
            numbers = [next(sent) for _ in happening.numbers]
            if happening.stretch.crops == len(levels):
                levels = happening.change(levels, *numbers)
                continue
            for where, which in happening.stretch.within(len(levels)):
                befallen = levels[where]
                changed = happening.change(befallen, *(each[which] for each in numbers))
                if changed is not befallen:
                    befallen.copy_(changed)
        return to_uint8(levels)

    def _drawn(self, rng: np.random.Generator, shape: Shape) -> Iterator[Happening]:
        """All that happens to a batch, in its order."""
        for step in self.steps.values():
            for happening in step(rng, shape):
                if happening.size is not None:
                    shape = Shape(*shape[:2], *happening.size)
                if happening.stretch.crops:
                    yield happening


def to_uint8(levels: Tensor) -> Tensor:
    """Rounds, cuts to 0..255 and converts; the levels are overwritten."""
    # By way of int16: torch converts floats to uint8 one by one, four times as slowly.
    return levels.round_().clamp_(0, 255).to(torch.int16).to(torch.uint8)
