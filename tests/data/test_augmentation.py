import subprocess
import sys

import albumentations as A  # noqa: N812
import numpy as np
import pytest
import torch
from torch import Tensor

from blink.contract import ConfigError
from blink.data.augmentation import Augmentation
from tests.data.drawing import eye


@pytest.fixture
def crops() -> Tensor:
    drawn = np.stack([eye(seed, seed % 2 == 0, 40) for seed in range(12)])
    return torch.from_numpy(drawn)[:, None]


@pytest.fixture
def camera() -> Augmentation:
    return Augmentation(
        [
            A.Affine(scale=(0.85, 1.2), rotate=(-15, 15), p=0.5),
            A.RandomResizedCrop((32, 24), scale=(0.7, 1.0)),
            A.HorizontalFlip(p=0.5),
            A.RandomBrightnessContrast(0.3, 0.3, p=0.7),
            A.OneOf([A.GaussianBlur(p=1), A.Downscale(p=1)], p=0.4),
            A.GaussNoise(p=0.4),
            A.ImageCompression(quality_range=(30, 95), p=0.4),
            A.Erasing(p=0.4),
        ]
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_augmentation_ends_at_the_size_of_its_chain(
    camera: Augmentation, crops: Tensor, channels: int
) -> None:
    changed = camera(crops.expand(-1, channels, -1, -1), 0)
    assert changed.shape == (12, channels, 32, 24)
    assert changed.dtype == torch.uint8
    assert changed.is_contiguous()


def test_augmentation_is_the_same_when_the_seed_is(camera: Augmentation, crops: Tensor) -> None:
    first = camera(crops, 7)
    other = camera(crops, 8)
    assert torch.equal(camera(crops, 7), first)
    assert not torch.equal(first, other)


def test_augmentation_changes_every_crop_differently_when_they_are_alike(
    camera: Augmentation, crops: Tensor
) -> None:
    alike = crops[:1].expand(12, -1, -1, -1)
    assert len({crop.numpy().tobytes() for crop in camera(alike, 0)}) == 12


def test_augmentation_leaves_the_crops_it_was_given_alone(
    camera: Augmentation, crops: Tensor
) -> None:
    before = crops.clone()
    for seed in range(5):
        camera(crops, seed)
    assert torch.equal(crops, before)


def test_augmentation_picks_the_share_that_p_says() -> None:
    black = torch.zeros(2000, 1, 8, 8, dtype=torch.uint8)
    changed = Augmentation([A.InvertImg(p=0.3)])(black, 0)
    assert set(changed.unique().tolist()) == {0, 255}
    assert changed[:, 0, 0, 0].float().mean() / 255 == pytest.approx(0.3, abs=0.04)


def test_augmentation_is_refused_when_it_leaves_different_sizes(
    crops: Tensor,
) -> None:
    with pytest.raises(ConfigError, match="must have p=1"):
        Augmentation([A.Resize(32, 32, p=0.5)])(crops, 0)


def test_augmentation_calls_nobody_when_it_is_imported() -> None:
    # Albumentations asks the network for a newer version unless it is told not to.
    code = (
        "import socket, sys\n"
        "def refuse(*_): sys.exit('called out')\n"
        "socket.getaddrinfo = socket.socket.connect = refuse\n"
        "import blink.data.augmentation\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
