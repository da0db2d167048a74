import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from blink.contract import Crop, CropError, InputSpec
from blink.runtime.preprocessing import grey, normalise, pixels, resize, stack

ANY_RGB = hnp.arrays(np.uint8, st.tuples(st.integers(8, 60), st.integers(8, 60), st.just(3)))


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


@pytest.mark.parametrize("colour", ["grey", "rgb"])
@given(crop=ANY_RGB)
@settings(max_examples=50)
def test_stack_gives_the_same_bits_when_the_channels_are_reversed(colour: str, crop: Crop) -> None:
    spec = InputSpec.from_dict({"colour": colour})
    reversed_ = np.ascontiguousarray(crop[..., ::-1])
    np.testing.assert_array_equal(stack([reversed_], spec, "bgr"), stack([crop], spec))


def test_stack_refuses_when_the_order_of_channels_is_not_known() -> None:
    crop = np.zeros((32, 32, 3), np.uint8)
    for spec in (InputSpec(), InputSpec(colour="rgb")):
        with pytest.raises(CropError, match=r"^The channels .* not 'gbr'"):
            stack([crop, crop], spec, "gbr")  # type: ignore[arg-type]


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_normalise_gives_mean_128_and_deviation_32_when_it_standardises(colour: str) -> None:
    spec = InputSpec.from_dict({"colour": colour})
    crop = np.random.default_rng(1).integers(40, 140, (32, 24, spec.channels), dtype=np.uint8)
    found = normalise(crop, spec).astype(float)
    assert found.shape == crop.shape
    assert found.mean() == pytest.approx(128, abs=0.1)
    assert found.std() == pytest.approx(32, abs=0.2)


def test_normalise_forgets_exposure_and_contrast_when_it_standardises() -> None:
    crop = np.random.default_rng(1).integers(0, 100, (16, 16, 1), dtype=np.uint8)
    dark, bright = (normalise(one, InputSpec()).astype(int) for one in (crop, 2 * crop + 30))
    assert np.abs(dark - bright).max() <= 1


@pytest.mark.parametrize("level", [0, 128, 254])
def test_normalise_keeps_noise_small_when_the_crop_is_blank(level: int) -> None:
    blank = np.full((32, 32, 1), level, np.uint8)
    assert (normalise(blank, InputSpec()) == 128).all()
    noisy = blank + np.arange(1024, dtype=np.uint8).reshape(blank.shape) % 2
    assert np.abs(normalise(noisy, InputSpec()).astype(int) - 128).max() <= 8  # a quarter


def test_normalise_leaves_the_levels_alone_when_the_spec_says_unit() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (16, 16, 1), dtype=np.uint8)
    np.testing.assert_array_equal(normalise(crop, InputSpec(normalisation="unit")), crop)


def test_pixels_have_three_channels_when_the_spec_is_rgb() -> None:
    spec = InputSpec(colour="rgb")
    crop = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(crop, spec), np.repeat(crop[..., None], 3, axis=2))
    assert pixels(crop, InputSpec()).shape == (32, 32, 1)


def test_pixels_refuse_when_a_crop_is_float() -> None:
    with pytest.raises(CropError, match="not float64"):
        pixels(np.zeros((32, 32)), InputSpec())  # type: ignore[arg-type]
