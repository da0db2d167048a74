from itertools import product

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import Crop
from blink.evaluation.foreign.adapter import Picture
from blink.evaluation.foreign.picture import prepare
from blink.runtime.preprocessing import grey

RGB: Crop = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)


def picture(**said: object) -> Picture:
    return Picture.model_validate({"height": 8, "width": 12, "colour": "rgb"} | said)


@pytest.mark.parametrize(
    ("colour", "layout"), list(product(["rgb", "bgr", "grey"], ["nchw", "nhwc"]))
)
@given(scale=st.floats(1, 300), mean=st.floats(-1, 1), std=st.floats(0.1, 10))
def test_prepare_gives_what_numpy_says_when_colour_layout_and_scale_are_chosen(
    colour: str, layout: str, scale: float, mean: float, std: float
) -> None:
    found = prepare(RGB, picture(colour=colour, layout=layout, scale=scale, mean=mean, std=std))
    pixels = {
        "rgb": RGB,
        "bgr": RGB[..., ::-1],
        "grey": grey(RGB)[..., None],
    }[colour]
    expected = (pixels.astype(np.float32) / np.float32(scale) - np.float32(mean)) / np.float32(std)
    if layout == "nchw":
        expected = np.moveaxis(expected, 2, 0)
    assert found.dtype == np.float32
    assert np.array_equal(found, expected)


def test_prepare_takes_a_mean_for_each_channel_in_its_order_when_several_are_given() -> None:
    found = prepare(
        RGB, picture(colour="bgr", layout="nhwc", scale=1, mean=[3, 2, 1], std=[1, 2, 4])
    )
    blue, red = found[..., 0], found[..., 2]
    assert np.array_equal(blue, RGB[..., 2].astype(np.float32) - 3)
    assert np.array_equal(red, (RGB[..., 0].astype(np.float32) - 1) / 4)


@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_prepare_repeats_a_grey_crop_when_the_graph_wants_colour(colour: str) -> None:
    shades = RGB[..., 0]
    found = prepare(shades, picture(colour=colour, layout="nhwc", scale=1))
    assert np.array_equal(found, np.repeat(shades[..., None], 3, axis=2).astype(np.float32))


@pytest.mark.parametrize("dtype", ["uint8", "float16"])
def test_prepare_gives_the_type_that_the_graph_takes_when_it_is_no_float32(dtype: str) -> None:
    found = prepare(RGB, picture(dtype=dtype, layout="nhwc"))
    expected = RGB if dtype == "uint8" else (RGB.astype(np.float32) / 255).astype(np.float16)
    assert found.dtype == np.dtype(dtype)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("kernel", "flag"),
    [
        ("area", cv2.INTER_AREA),
        ("linear", cv2.INTER_LINEAR),
        ("cubic", cv2.INTER_CUBIC),
        ("nearest", cv2.INTER_NEAREST),
    ],
)
def test_prepare_resizes_the_whole_crop_when_it_is_stretched(kernel: str, flag: int) -> None:
    found = prepare(RGB, picture(height=20, width=9, kernel=kernel, dtype="uint8", layout="nhwc"))
    assert np.array_equal(found, cv2.resize(RGB, (9, 20), interpolation=flag))


def test_prepare_cuts_the_middle_when_the_fit_is_centre() -> None:
    found = prepare(RGB, picture(width=8, fit="centre", dtype="uint8", layout="nhwc"))
    assert np.array_equal(found, RGB[:, 2:10])
    upright = np.moveaxis(RGB, 0, 1)  # 12 rows of 8
    found = prepare(upright, picture(width=8, fit="centre", dtype="uint8", layout="nhwc"))
    assert np.array_equal(found, upright[2:10])


def test_prepare_adds_black_borders_when_the_fit_is_pad() -> None:
    found = prepare(RGB, picture(height=12, fit="pad", dtype="uint8", layout="nhwc"))
    assert np.array_equal(found[2:10], RGB)
    assert not found[:2].any()
    assert not found[10:].any()


def test_prepare_repeats_or_cuts_the_edge_when_there_is_a_margin() -> None:
    wide = prepare(RGB, picture(height=12, width=18, margin=0.25, dtype="uint8", layout="nhwc"))
    assert np.array_equal(wide[2:10, 3:15], RGB)
    assert np.array_equal(wide[0], wide[2])
    tight = prepare(RGB, picture(width=8, height=8, margin=-0.125, dtype="uint8", layout="nhwc"))
    assert np.array_equal(tight, cv2.resize(RGB[1:7, 2:10], (8, 8), interpolation=cv2.INTER_LINEAR))


@given(
    height=st.integers(8, 40),
    width=st.integers(8, 40),
    rows=st.integers(8, 32),
    columns=st.integers(8, 32),
    margin=st.floats(-0.49, 1),
    fit=st.sampled_from(["stretch", "centre", "pad"]),
)
def test_prepare_always_fills_the_input_when_sizes_are_odd(
    height: int, width: int, rows: int, columns: int, margin: float, fit: str
) -> None:
    crop = np.full((height, width), 77, np.uint8)
    said = picture(height=rows, width=columns, margin=margin, fit=fit, dtype="uint8", colour="grey")
    found = prepare(crop, said)
    assert found.shape == (1, rows, columns)
    assert fit == "pad" or np.all(found == 77)
