"""The normalisation has exact values, on every machine and in every language."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from blink.contract import Crop, InputSpec
from blink.runtime.preprocessing import normalise, planes

STANDARDISE = InputSpec()
SHAPES = st.one_of(
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=8, max_side=48),
    st.tuples(st.integers(8, 40), st.integers(8, 40), st.just(3)),
)
LEVELS = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(sorted)


@st.composite
def any_pixels(draw: st.DrawFn) -> Crop:
    """Crops from blank to full contrast; drawn by a seed, since hypothesis tries few levels."""
    low, high = draw(LEVELS)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(low, high + 1, draw(SHAPES), dtype=np.uint8)


def exact(pixels: Crop) -> NDArray[np.uint8]:
    """The formula of docs/onnx.md in whole numbers and fractions alone: no float anywhere."""
    levels = [int(level) for level in pixels.ravel()]
    n, total = len(levels), sum(levels)
    spread = n * sum(level * level for level in levels) - total**2 + 4 * n * n
    gain = even_root(Fraction((32768 * n) ** 2, spread))
    offset = round(Fraction(131072 * n - total * gain, n))  # Python's ties go to the even one, too
    table = [min(255, max(0, round(Fraction(gain * level + offset, 1024)))) for level in range(256)]
    return np.array(table, np.uint8)[pixels]


def even_root(square: Fraction) -> int:
    """The square root, rounded half to even to a whole number."""
    halves = math.isqrt(math.floor(4 * square))  # floor of twice the root
    if halves % 2 == 0:
        return halves // 2
    tie = Fraction(halves * halves) == 4 * square
    return halves // 2 if tie and halves // 2 % 2 == 0 else halves // 2 + 1


@given(pixels=any_pixels())
@settings(max_examples=150)
@example(pixels=np.full((8, 8), 255, np.uint8))
@example(pixels=np.repeat(np.array([0, 255], np.uint8), 64).reshape(16, 8))
def test_normalise_has_the_bits_of_whole_numbers_when_pixels_are_any(pixels: Crop) -> None:
    np.testing.assert_array_equal(normalise(pixels, STANDARDISE), exact(pixels))


@pytest.mark.parametrize("side", [8, 24, 31, 256])
@pytest.mark.parametrize("levels", [(0, 255), (254, 255), (0, 1), (100, 200)])
def test_normalise_has_the_bits_of_whole_numbers_when_sums_are_large(
    side: int, levels: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(side).choice(np.array(levels, np.uint8), (side, side, 3))
    np.testing.assert_array_equal(normalise(pixels, STANDARDISE), exact(pixels))


@pytest.mark.parametrize("seed", [231, 467, 1346, 1476, 1655])
def test_normalise_rounds_true_ties_to_even_when_the_offset_lies_between(seed: int) -> None:
    """Crops whose tie falls to the other side where the mean is rounded to a float first."""
    rng = np.random.default_rng(seed)
    low, high = sorted(rng.choice(257, 2, replace=False))
    pixels = between(rng.integers(low, high, (24, 40), dtype=np.uint8))
    np.testing.assert_array_equal(normalise(pixels, STANDARDISE), exact(pixels))


def between(pixels: Crop) -> Crop:
    """Nudges one pixel at a time until (131072 n - S·gain) / n has the fraction one half."""
    flat = pixels.ravel().copy()
    n = flat.size
    for place in range(n):
        wide = flat.astype(np.int64)
        spread = n * int((wide * wide).sum()) - int(wide.sum()) ** 2 + 4 * n * n
        gain = round(32768 * n / math.sqrt(spread))
        if (131072 * n - int(wide.sum()) * gain) % n * 2 == n:
            return flat.reshape(pixels.shape)
        flat[place] += 1 if flat[place] < 255 else -1
    pytest.fail("no crop with a tie was found")


@given(pixels=any_pixels())
def test_normalise_keeps_the_order_of_levels_when_it_stretches(pixels: Crop) -> None:
    flat = pixels.ravel()
    order = np.argsort(flat, kind="stable")
    rising = normalise(pixels, STANDARDISE).ravel()[order].astype(int)
    assert (np.diff(rising) >= 0).all()
    same = np.diff(flat[order].astype(int)) == 0
    assert (np.diff(rising)[same] == 0).all()


@given(pixels=any_pixels(), gain=st.sampled_from([1, 2]), offset=st.integers(0, 60))
def test_normalise_takes_exposure_and_contrast_out_when_a_camera_changes_them(
    pixels: Crop, gain: int, offset: int
) -> None:
    darker = (pixels // 3).astype(np.uint8)
    brighter = (darker * gain + offset).astype(np.uint8)
    first, second = (normalise(p, STANDARDISE).astype(int) for p in (darker, brighter))
    if gain == 1:
        assert np.abs(first - second).max() <= 1  # only the rounding of the offset may differ
    if darker.std() > 12:
        assert np.abs(first - second).max() <= 4


@pytest.mark.parametrize("level", [0, 1, 127, 128, 254, 255])
def test_normalise_gives_the_zero_point_when_a_crop_is_blank(level: int) -> None:
    blank = np.full((32, 32), level, np.uint8)
    assert (normalise(blank, STANDARDISE) == STANDARDISE.zero_point).all()


def test_normalise_keeps_noise_small_when_a_crop_is_almost_blank() -> None:
    pixels = np.random.default_rng(0).integers(99, 102, (32, 32), dtype=np.uint8)
    assert np.ptp(normalise(pixels, STANDARDISE)) <= 2 * 16  # a gain of at most 16 for two levels


@pytest.mark.parametrize(("dark", "bright"), [(0, 255), (100, 160), (10, 200)])
def test_normalise_puts_two_levels_one_deviation_off_when_each_is_half(
    dark: int, bright: int
) -> None:
    pixels = np.repeat(np.array([dark, bright], np.uint8), 512).reshape(32, 32)
    found = np.unique(normalise(pixels, STANDARDISE))
    half = (bright - dark) / 2
    reach = 32 * half / math.sqrt(half * half + 4)
    np.testing.assert_allclose(found, [128 - reach, 128 + reach], atol=0.52)


def test_normalise_cuts_at_the_ends_when_one_pixel_stands_out() -> None:
    dark, bright = np.full((2, 32, 32), 100, np.uint8)
    dark[0, 0], bright[0, 0] = 0, 255
    assert normalise(dark, STANDARDISE)[0, 0] == 0
    assert normalise(bright, STANDARDISE)[0, 0] == 255


@given(pixels=any_pixels())
def test_normalise_has_mean_and_deviation_when_nothing_is_cut(pixels: Crop) -> None:
    found = normalise(pixels, STANDARDISE)
    variance = float(pixels.astype(np.float64).var())
    if found.min() > 0 and found.max() < 255:
        wanted = 32 * math.sqrt(variance / (variance + 4))
        assert abs(found.mean() - 128) < 0.6
        assert abs(found.std() - wanted) < 0.6


@given(pixels=any_pixels())
def test_normalise_changes_nothing_when_levels_are_left_as_they_are(pixels: Crop) -> None:
    found = normalise(pixels, InputSpec(normalisation="unit"))
    np.testing.assert_array_equal(found, pixels)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_planes_normalise_each_crop_for_itself_when_they_come_together(
    seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    spec = InputSpec(height=24, width=40, colour="rgb")
    several = rng.integers(0, rng.integers(1, 256, (count, 1, 1, 1)) + 1, (count, 24, 40, 3))
    together = planes(several.astype(np.uint8), spec)
    alone = [planes([one.astype(np.uint8)], spec)[0] for one in several]
    np.testing.assert_array_equal(together, np.stack(alone))


def test_planes_are_exact_when_sums_of_squares_exceed_32_bits() -> None:
    spec = InputSpec(height=256, width=256, colour="rgb")
    rng = np.random.default_rng(3)
    bright = rng.integers(180, 256, (256, 256, 3), dtype=np.uint8)
    assert (bright.astype(np.int64) ** 2).sum() > 2**32
    expected = normalise(bright, spec).transpose(2, 0, 1)
    for found in planes([bright] * 9, spec):
        np.testing.assert_array_equal(found, expected)
    assert abs(expected.astype(float).mean() - 128) < 0.6
