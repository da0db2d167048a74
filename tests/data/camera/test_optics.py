"""Softness, noise and compression."""

import cv2
import numpy as np
import pytest
import torch

from blink.data.camera import Compression, Noise, Softness
from blink.data.camera.softness import gaussian
from tests.data.camera.eyes import after, changed, differences, eyes, plain


@pytest.mark.parametrize("deviation", [0.5, 1.0, 1.6])
def test_softness_blurs_as_cv2_does(deviation: float) -> None:
    crops = eyes(8)
    matrix = torch.from_numpy(gaussian(32, deviation))
    ours = (matrix @ crops.float() @ matrix.T).round()
    wanted = [
        cv2.GaussianBlur(crop[0].numpy(), (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)
        for crop in crops
    ]
    assert differences(torch.from_numpy(np.stack(wanted))[:, None], ours).abs().max() <= 2


def test_softness_keeps_the_mean_level_and_never_darkens_a_plain_crop() -> None:
    for level in (0, 77, 255):
        assert (after(Softness(share=1.0), plain(300, level)) == level).all()


def test_softness_blurs_most_crops_and_sharpens_some() -> None:
    crops = eyes(400)
    soft = after(Softness(share=1.0), crops)

    def edges(of: torch.Tensor) -> torch.Tensor:
        return of.float().diff(dim=3).square().flatten(1).mean(1)

    sharper = (edges(soft) > edges(crops)).float().mean()
    assert 0.1 < sharper < 0.35  # a fifth of them; fewer pixels by the nearest make edges too
    assert (edges(soft) < 0.8 * edges(crops)).float().mean() > 0.4


def test_softness_moves_along_one_axis_when_it_is_motion_alone() -> None:
    # Nothing but motion changes a stripe's crop: other kinds have no strength here.
    moving = Softness(1.0, blur=(0.01, 0.01), motion=5.0, fewer=1.0, sharpening=0.0)
    stripe = plain(400, 0)
    stripe[:, :, :, 16] = 200
    moved = after(moving, stripe)
    touched = changed(stripe, moved)
    assert touched.float().mean() == pytest.approx(0.5 * 11 / 12 / 5, abs=0.04)
    for crop in moved[touched][:, 0]:
        assert (crop == crop[0]).all()
        assert crop[0].sum() == pytest.approx(200, abs=3)
        assert (crop[0] > 0).sum() <= 5


def test_noise_has_the_deviation_that_it_is_told() -> None:
    crops = plain(300, 128)
    grain = differences(crops, after(Noise(share=1.0, deviation=(6.0, 6.0)), crops))
    assert grain.mean() == pytest.approx(0, abs=0.05)
    assert grain.std() == pytest.approx(6.0, abs=0.1)
    assert grain.flatten(1).std(1).min() > 5.3
    neighbours = torch.corrcoef(torch.stack([grain[..., 1:].flatten(), grain[..., :-1].flatten()]))
    assert neighbours[0, 1].abs() < 0.01


def test_noise_is_another_one_for_each_crop() -> None:
    grain = after(Noise(share=1.0, deviation=(6.0, 6.0)), plain(16, 128)).flatten(1).float()
    alike = torch.corrcoef(grain) - torch.eye(16)
    assert alike.abs().max() < 0.2


@pytest.mark.parametrize("size", [(32, 32), (24, 40), (20, 28)])
@pytest.mark.parametrize("quality", [20, 50, 90])
def test_compression_is_near_that_of_cv2(size: tuple[int, int], quality: int) -> None:
    crops = eyes(40, size)
    ours = after(Compression(1.0, (quality, quality)), crops)
    theirs = []
    for crop in crops:
        _, written = cv2.imencode(".jpg", crop[0].numpy(), [cv2.IMWRITE_JPEG_QUALITY, quality])
        theirs.append(np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE)))
    wanted = torch.from_numpy(np.stack(theirs))[:, None]
    assert differences(wanted, ours).abs().mean() < 0.5  # libjpeg's cosines are whole numbers
    assert differences(wanted, ours).abs().mean() < differences(crops, ours).abs().mean() / 5


def test_compression_leaves_almost_everything_when_the_quality_is_full() -> None:
    crops = eyes(40)
    assert differences(crops, after(Compression(1.0, (100, 100)), crops)).abs().max() <= 2


@pytest.mark.parametrize("step", [Softness(0.3), Noise(0.3), Compression(0.3)])
def test_step_happens_to_the_share_that_it_is_told(step: Softness | Noise | Compression) -> None:
    crops = eyes(1).expand(2000, 1, 32, 32)
    share = changed(crops, after(step, crops)).float().mean()
    assert share == pytest.approx(0.3, abs=0.05)
