from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from blink.contract import ConfigError
from blink.data.camera.transfer import to_device
from blink.data.camera.transform import Shape, Step, Transform


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

    Every crop has its own random parameters. numpy samples all of them from the seed before any
    transform is applied, so that they are the same on every device; nothing is done image by image,
    and a step touches only the crops that it is applied to, see `Span`.

    Args:
        steps: By name, in their order; a config leaves one out with `~augment.steps.NAME`.

    Raises:
        ConfigError: There are no steps by name, or one of them is none.
    """

    def __init__(self, steps: Mapping[str, Step] | None = None) -> None:
        if not isinstance(steps, Mapping):
            raise ConfigError(
                f"augment.steps is {steps!r}; it must be steps by their names. `augment=none` "
                "leaves all of them out."
            )
        for name, step in steps.items():
            if not callable(step):
                raise ConfigError(
                    f"augment.steps.{name} is {step!r}, which is no step. "
                    f"'~augment.steps.{name}' leaves it out."
                )
        self.steps = dict(steps)

    def __call__(self, crops: Tensor, seed: int) -> Tensor:
        """See `Augment`."""
        transforms = list(self._sampled(np.random.default_rng(seed), Shape(*crops.shape)))
        sent = iter(to_device([p for one in transforms for p in one.params], crops.device))
        levels = crops.float()
        for transform in transforms:
            params = [next(sent) for _ in transform.params]
            if transform.span.crops == len(levels):
                levels = transform.apply(levels, *params)  # which may be of another size
                continue
            for in_batch, in_span in transform.span.slices(len(levels)):
                affected = levels[in_batch]
                changed = transform.apply(affected, *(param[in_span] for param in params))
                if changed is not affected:
                    affected.copy_(changed)
        return to_uint8(levels)

    def _sampled(self, rng: np.random.Generator, shape: Shape) -> Iterator[Transform]:
        """All transforms of a batch, in their order."""
        for step in self.steps.values():
            for transform in step(rng, shape):
                if transform.size is not None:
                    shape = Shape(*shape[:2], *transform.size)
                if transform.span.crops:
                    yield transform


def to_uint8(levels: Tensor) -> Tensor:
    """Rounds, cuts to 0..255 and converts; the levels are overwritten."""
    # By way of int16: torch converts floats to uint8 one by one, four times as slowly.
    return levels.round_().clamp_(0, 255).to(torch.int16).to(torch.uint8)
