import albumentations as A  # noqa: N812
import numpy as np
import pytest
import torch

from blink.data.camera import Illumination, Tone
from tests.data.camera.eyes import after, changed, differences, eyes, plain

STILL = Tone(share=1.0, exposure=(1, 1), black=(0, 0), gamma=(1, 1))


@pytest.mark.parametrize("gamma", [0.55, 0.8, 1.3, 1.7])
def test_tone_is_the_gamma_of_albumentations(gamma: float) -> None:
    crops = eyes(8)
    bent = after(Tone(share=1.0, exposure=(1, 1), black=(0, 0), gamma=(gamma, gamma)), crops)
    theirs = A.RandomGamma((100 * gamma, 100 * gamma), p=1)
    wanted = np.stack([theirs(image=crop[0].numpy()[..., None])["image"][..., 0] for crop in crops])
    assert (
        differences(torch.from_numpy(wanted)[:, None], bent).abs().max() <= 1
    )  # they cut, not round


def test_tone_scales_and_shifts_levels_and_cuts_what_leaves_the_range() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    bright = after(Tone(share=1.0, exposure=(1.5, 1.5), black=(0.1, 0.1), gamma=(1, 1)), levels)
    wanted = (1.5 * torch.arange(256) + 25.5).round().clamp(0, 255)
    assert differences(wanted.view(1, 1, 16, 16), bright).abs().max() <= 1
    assert (bright.flatten()[153:] == 255).all()


def test_tone_changes_nothing_when_its_ranges_are_empty() -> None:
    crops = eyes(8)
    assert torch.equal(after(STILL, crops), crops)


def test_tone_happens_to_the_shares_that_it_is_told() -> None:
    tone = Tone(share=0.4, exposure=(0.5, 0.5), black=(0, 0), gamma=(2, 2))
    batches = [after(tone, plain(20, 120), seed) for seed in range(400)]
    grey = torch.cat(batches).flatten(1)[:, 0].tolist()
    shares = {level: grey.count(level) / len(grey) for level in set(grey)}
    # Untouched; half as bright; bent; both.
    assert set(shares) == {120, 60, 56, 14}
    for level, share in ((120, 0.36), (60, 0.24), (56, 0.24), (14, 0.16)):
        assert shares[level] == pytest.approx(share, abs=0.03)


def test_illumination_is_a_slope_of_log_brightness() -> None:
    lit = after(Illumination(share=1.0, slope=0.35, shadow=0.0), plain(400, 70)).float()
    logs = (lit.clamp(1, 254) / 70).log()
    unclipped = (lit.flatten(1).max(1).values < 255).nonzero()[:, 0]
    slopes = []
    for crop in logs[unclipped, 0]:
        along, down = crop[:, -1].mean() - crop[:, 0].mean(), crop[-1].mean() - crop[0].mean()
        line = torch.linspace(-1, 1, 32) / 2
        assert (crop - along * line - down * line[:, None]).abs().max() < 0.04  # rounding of levels
        slopes += [float(along) / 2 * 32 / 31, float(down) / 2 * 32 / 31]
    assert len(unclipped) > 350
    assert np.std(slopes) == pytest.approx(0.35, abs=0.04)


def test_illumination_leaves_of_the_light_what_a_shadow_is_told() -> None:
    shaded = after(Illumination(share=0.0, shadow=1.0, depth=(0.5, 0.5)), plain(300, 200))
    assert shaded.min() >= 100
    assert shaded.min() <= 102
    assert shaded.max() >= 198
    darkest = shaded.flatten(1).min(1).values.float()
    assert (
        darkest.median() < 110
    )  # the edge lies over the crop, so that some of it is in the shadow


def test_illumination_happens_to_the_shares_that_it_is_told() -> None:
    crops = plain(3000, 250)
    lit = changed(crops, after(Illumination(share=0.3, shadow=0.0), crops)).float().mean()
    shaded = changed(crops, after(Illumination(share=0.0, shadow=0.2), crops)).float().mean()
    assert lit == pytest.approx(0.3, abs=0.03)
    assert shaded == pytest.approx(0.2, abs=0.03)
