"""Albumentations over a batch of crops, image by image: any of its transforms, and slowly."""

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # its import would call out to look for a new version
import albumentations as A  # noqa: N812 - the name that its own documentation uses

from blink.contract import ConfigError


class Augmentation:
    """Applies the same chain of Albumentations to every crop, each with its own random numbers.

    An `Augment`, see `blink.data.camera`; whatever device the batch lies on, it works on the CPU.

    Args:
        transforms: The chain, from a crop at the working size to one at the net's size.
    """

    def __init__(self, transforms: Sequence[A.BasicTransform | A.BaseCompose]) -> None:
        self._chain = A.Compose(list(transforms))

    def __call__(self, crops: Tensor, seed: int) -> Tensor:
        """Crops as another camera and another eye finder might have shown them.

        Args:
            crops: uint8 (N, C, H, W) at the working size, N at least 1.
            seed: Decides all random numbers, so that the result depends on nothing else.

        Returns:
            uint8 (N, C, height, width) at the net's size.

        Raises:
            ConfigError: The chain leaves crops of different sizes.
        """
        own, *theirs = np.random.SeedSequence(seed).spawn(1 + len(self._chain.transforms))
        generator = np.random.default_rng(own)
        for transform, child in zip(self._chain.transforms, theirs, strict=True):
            transform.set_random_seed(int(child.generate_state(1)[0]))
        changed = list(np.ascontiguousarray(crops.cpu().numpy().transpose(0, 2, 3, 1)))
        # Transform by transform, each on the crops that its `p` picks: `Compose` asks every
        # transform about every crop, which costs as much again as the transforms themselves.
        for transform in self._chain.transforms:
            for place in np.flatnonzero(generator.random(len(changed)) < transform.p):
                changed[place] = transform(image=changed[place], force_apply=True)["image"]
        sizes = {crop.shape[:2] for crop in changed}
        if len(sizes) > 1:
            raise ConfigError(
                f"The augmentation leaves crops of different sizes, such as {sorted(sizes)[:2]}: a "
                "transform that resizes must have p=1."
            )
        channels = crops.shape[1]
        stacked = np.stack([crop.reshape(*crop.shape[:2], channels) for crop in changed])
        return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous().to(crops.device)
