"""Albumentations' camera simulation over a batch of crops."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # its import would call out to look for a new version
import albumentations as A  # noqa: N812 - the name that its own documentation uses

from blink.contract import ConfigError


class Augmentation:
    """Applies the same chain of Albumentations to every crop, each with its own random numbers.

    Args:
        transforms: The chain, from a crop at the working size to one at the net's size.
    """

    def __init__(self, transforms: Sequence[A.BasicTransform | A.BaseCompose]) -> None:
        self._chain = A.Compose(list(transforms))

    def __call__(self, crops: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        """Crops as another camera and another eye finder might have shown them.

        Args:
            crops: uint8 (N, H, W, C) at the working size, N at least 1.
            seed: Decides all random numbers, so that the result depends on nothing else.

        Returns:
            uint8 (N, height, width, C) at the net's size.

        Raises:
            ConfigError: The chain leaves crops of different sizes.
        """
        own, *theirs = np.random.SeedSequence(seed).spawn(1 + len(self._chain.transforms))
        generator = np.random.default_rng(own)
        for transform, child in zip(self._chain.transforms, theirs, strict=True):
            transform.set_random_seed(int(child.generate_state(1)[0]))
        changed = list(crops)
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
        return np.stack([crop.reshape(*crop.shape[:2], crops.shape[3]) for crop in changed])
