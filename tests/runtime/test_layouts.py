"""How a crop lies in memory, and in which order its channels come, changes not one bit."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import Crop, CropError, InputSpec
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.runtime.preprocessing import grey, pixels, stack
from tests.runtime.layouts import WAYS
from tests.runtime.sizes import resized, tinted

SPECS = [InputSpec(), InputSpec(24, 40, "rgb"), InputSpec(24, 40, "rgb", normalisation="unit")]


@st.composite
def any_crops(draw: st.DrawFn) -> Crop:
    """Noise, grey or colour, of any shape."""
    shape = [draw(st.integers(8, 90)), draw(st.integers(8, 90)), *draw(st.sampled_from([[], [3]]))]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(0, 256, shape, dtype=np.uint8)


def coloured(rendered: tuple[Manifest, Split]) -> list[Crop]:
    """Rendered eyes in three channels that differ, of many sizes."""
    return [tinted(crop) for crop in resized(list(rendered[0].crops()), 60)]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@given(crop=any_crops(), spec=st.sampled_from(SPECS), colour=st.sampled_from(["rgb", "bgr"]))
def test_stack_has_the_same_bits_when_a_crop_lies_otherwise_in_memory(
    way: Callable[[Crop], Crop], crop: Crop, spec: InputSpec, colour: str
) -> None:
    lies = way(crop)
    np.testing.assert_array_equal(lies, crop)
    before = crop.copy()
    np.testing.assert_array_equal(
        stack([lies], spec, colour),  # type: ignore[arg-type] # drawn from the two words
        stack([before], spec, colour),  # type: ignore[arg-type]
    )
    np.testing.assert_array_equal(lies, before)


def test_ways_differ_in_memory_when_they_are_listed() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    found = {(way(crop).strides, way(crop).flags.writeable) for way in WAYS.values()}
    assert len(found) == len(WAYS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key + spec.normalisation)
def test_flags_agree_when_channels_come_in_either_order(
    rendered: tuple[Manifest, Split], spec: InputSpec
) -> None:
    crops = coloured(rendered)
    turned = [crop[..., ::-1] for crop in crops]
    np.testing.assert_array_equal(stack(turned, spec, "bgr"), stack(crops, spec, "rgb"))
    assert (stack(turned, spec, "rgb") != stack(crops, spec, "rgb")).any()


def test_flags_agree_when_the_caller_has_made_crops_grey(
    rendered: tuple[Manifest, Split],
) -> None:
    crops = coloured(rendered)
    turned = [crop[..., ::-1] for crop in crops]
    seen = stack(crops, InputSpec())
    np.testing.assert_array_equal(stack([grey(crop) for crop in crops], InputSpec()), seen)
    np.testing.assert_array_equal(stack([grey(c, "bgr") for c in turned], InputSpec()), seen)


@pytest.mark.parametrize("colour", ["rgb", "bgr"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key + spec.normalisation)
def test_flags_agree_when_three_channels_are_equal(
    rendered: tuple[Manifest, Split], spec: InputSpec, colour: str
) -> None:
    flat = [grey(crop) for crop in coloured(rendered)]
    equal = [np.repeat(crop[..., None], 3, axis=2) for crop in flat]
    seen = stack(equal, spec, colour)  # type: ignore[arg-type] # one of the two words
    np.testing.assert_array_equal(seen, stack(flat, spec))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key + spec.normalisation)
def test_stack_gives_each_crop_its_own_row_when_kinds_and_sizes_are_mixed(
    rendered: tuple[Manifest, Split], spec: InputSpec
) -> None:
    crops = [grey(c) if n % 2 else c for n, c in enumerate(coloured(rendered))]
    alone = np.concatenate([stack([crop], spec) for crop in crops])
    np.testing.assert_array_equal(stack(crops, spec), alone)
    np.testing.assert_array_equal(stack(crops[::-1], spec), alone[::-1])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key + spec.normalisation)
def test_pixels_refuse_when_the_order_of_channels_is_unknown(spec: InputSpec) -> None:
    with pytest.raises(CropError, match="'gbr'"):
        pixels(np.zeros((32, 32, 3), np.uint8), spec, "gbr")  # type: ignore[arg-type]
