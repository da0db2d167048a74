import cv2
import numpy as np
import pytest

from blink.contract import CropError, InputSpec
from blink.runtime.preprocessing import grey, pixels, resize, stack


def test_grey_is_cv2s_when_every_colour_of_a_grid_is_asked() -> None:
    levels = np.r_[0:256:5, 254, 255].astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(len(levels), -1, 3)
    wide = colours.astype(np.int64)
    named = (9798 * wide[..., 0] + 19235 * wide[..., 1] + 3735 * wide[..., 2] + 2**14) >> 15
    np.testing.assert_array_equal(grey(colours), named)
    np.testing.assert_array_equal(grey(colours[..., ::-1], "bgr"), named)


def test_resize_takes_the_mean_when_no_side_grows() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (64, 96), dtype=np.uint8)
    means = crop.reshape(32, 2, 32, 3).mean((1, 3))
    assert np.abs(resize(crop, 32, 32) - means).max() <= 0.51


def test_resize_is_bilinear_when_a_side_grows() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (20, 64, 3), dtype=np.uint8)
    expected = cv2.resize(crop, (32, 32), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(resize(crop, 32, 32), expected)


def test_resize_keeps_the_bits_when_the_size_fits() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (32, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize(crop, 32, 40), crop)


def test_stack_gives_planes_of_the_nets_size_when_crops_are_of_any() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (50, 41), dtype=np.uint8)
    assert stack([crop, crop[:30]], InputSpec(height=24, width=40)).shape == (2, 1, 24, 40)
    planes = stack([crop], InputSpec(height=24, width=40, colour="rgb"))
    assert planes.shape == (1, 3, 24, 40)
    assert np.ptp(planes.astype(int), axis=1).max() == 0
    assert stack([], InputSpec()).shape == (0, 1, 32, 32)


def test_stack_refuses_when_the_order_of_channels_is_not_known() -> None:
    crop = np.zeros((32, 32, 3), np.uint8)
    for spec in (InputSpec(), InputSpec(colour="rgb")):
        with pytest.raises(CropError, match=r"^The channels .* not 'gbr'"):
            stack([crop, crop], spec, "gbr")  # type: ignore[arg-type]


def test_pixels_have_three_channels_when_the_spec_is_rgb() -> None:
    spec = InputSpec(colour="rgb")
    crop = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(crop, spec), np.repeat(crop[..., None], 3, axis=2))
    assert pixels(crop, InputSpec()).shape == (32, 32, 1)


def test_pixels_refuse_when_a_crop_is_float() -> None:
    with pytest.raises(CropError, match="not float64"):
        pixels(np.zeros((32, 32)), InputSpec())  # type: ignore[arg-type]
