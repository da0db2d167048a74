import pytest

from blink.data.camera import Glare, Occlusion
from tests.data.camera.eyes import after, changed, differences, eyes, plain


def test_glare_only_brightens() -> None:
    crops = eyes(200)
    glaring = after(Glare(share=0.6), crops)
    assert differences(crops, glaring).min() >= 0
    assert differences(crops, glaring).max() > 60


def test_glare_is_as_strong_as_told_in_its_middle() -> None:
    spots = after(Glare(share=1.0, size=(0.4, 0.4), strength=(100.0, 100.0)), plain(300, 20))
    highest = differences(plain(300, 20), spots).flatten(1).max(1).values
    # Of one spot 100; half of the crops have a second, and a few spots lie outside.
    assert highest.median() >= 95
    assert highest.max() <= 200
    assert ((highest > 95) & (highest <= 100)).float().mean() > 0.4


def test_glare_happens_to_the_share_that_it_is_told() -> None:
    glare, crops = Glare(share=0.3, size=(0.4, 0.5)), plain(50, 0)
    shares = [changed(crops, after(glare, crops, seed)).float().mean() for seed in range(200)]
    wanted = 1 - (1 - 0.3) * (1 - 0.15)
    assert sum(shares) / 200 == pytest.approx(wanted, abs=0.03)


def test_occlusion_hides_the_share_of_the_crop_that_it_is_told() -> None:
    # A box of a quarter of either side; where it hangs over the border less is hidden.
    crops = plain(3000, 0, (64, 64))
    hidden = (after(Occlusion(share=1.0, size=(0.25, 0.25)), crops) > 0).float().flatten(1).mean(1)
    assert hidden.max() == pytest.approx(0.25**2)
    # Of a line, with the centre anywhere on it, (1/4) · (1 - 1/16) is covered on average.
    assert hidden.mean() == pytest.approx((0.25 * (1 - 0.25 / 4)) ** 2, rel=0.05)


def test_occlusion_has_one_level_a_crop_and_leaves_the_rest_alone() -> None:
    crops = eyes(200)
    hidden = after(Occlusion(share=0.7), crops)
    differing = crops != hidden
    assert changed(crops, hidden).float().mean() == pytest.approx(0.7, abs=0.1)
    for crop, places in zip(hidden, differing, strict=True):
        assert len(crop[places].unique()) <= 1
