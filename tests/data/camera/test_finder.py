import cv2
import numpy as np
import pytest
import torch

from blink.data.camera import Finder
from tests.data.camera.eyes import after, differences, eyes


def still(height: int, width: int, **options: object) -> Finder:
    """A finder that looks at the whole crop."""
    given = {"zoom": (1, 1), "stretch": 1.0, "shift": 0.0, "angle": 0.0, "mirrored": 0.0} | options
    return Finder(height, width, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(32, 32), (24, 40), (48, 48), (60, 52)])
def test_finder_is_a_bilinear_resize_when_it_looks_at_the_whole_crop(size: tuple[int, int]) -> None:
    crops = eyes(6, (48, 48))
    looked = after(still(*size), crops)
    resized = [
        cv2.resize(crop[0].numpy(), size[::-1], interpolation=cv2.INTER_LINEAR) for crop in crops
    ]
    assert looked.shape == (6, 1, *size)
    assert differences(torch.from_numpy(np.stack(resized))[:, None], looked).abs().max() <= 1


def test_finder_turns_crops_left_to_right_when_all_are_mirrored() -> None:
    crops = eyes(6, (48, 48))
    mirrored = after(still(32, 32, mirrored=1.0), crops)
    assert differences(after(still(32, 32), crops).flip(3), mirrored).abs().max() <= 1


def test_finder_mirrors_the_share_that_it_is_told() -> None:
    crops = eyes(1, (48, 48)).expand(2000, 1, 48, 48)
    straight, some = after(still(8, 8), crops[:1]), after(still(8, 8, mirrored=0.3), crops)
    assert (some != straight).flatten(1).any(1).float().mean() == pytest.approx(0.3, abs=0.04)


def test_finder_shows_the_middle_when_its_window_is_half_as_wide() -> None:
    crops = eyes(6, (64, 64))
    looked = after(still(32, 32, zoom=(0.5, 0.5)), crops)
    # Its slack lets the centre wander by an eighth of the side at most: 8 pixels.
    for crop, seen in zip(crops[:, 0].numpy(), looked[:, 0].numpy(), strict=True):
        found = cv2.matchTemplate(crop, seen[8:24, 8:24], cv2.TM_SQDIFF)
        x, y = cv2.minMaxLoc(found)[2]
        assert found.min() < np.median(found) / 3
        assert abs(x - 24) <= 9
        assert abs(y - 24) <= 9


def test_finder_follows_a_turn_when_it_is_known() -> None:
    # A bright line from left to right, seen by a finder turned by ±a right angle, runs downwards.
    crop = torch.zeros(1, 1, 33, 33, dtype=torch.uint8)
    crop[:, :, 16] = 255
    rng = np.random.default_rng(0)
    rng.random(2, np.float32)  # zoom and stretch are drawn before
    turn = float(rng.standard_normal(1, np.float32)[0])
    turned = after(still(33, 33, angle=90 / abs(turn)), crop)
    assert torch.equal(turned, crop.transpose(2, 3))


def test_finder_goes_on_with_the_border_when_it_looks_beyond() -> None:
    crops = torch.full((3, 1, 48, 48), 90, dtype=torch.uint8)
    assert (after(still(32, 32, zoom=(2, 2)), crops) == 90).all()
