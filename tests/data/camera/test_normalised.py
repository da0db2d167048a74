import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blink.contract import InputSpec
from blink.data.camera.normalised import normalised
from blink.runtime.preprocessing import planes

SPECS = [
    InputSpec(32, 32),
    InputSpec(24, 40),
    InputSpec(64, 64, "rgb"),
    InputSpec(9, 11, "rgb"),
    InputSpec(32, 32, normalisation="unit"),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_normalised_is_what_the_runtime_makes_of_any_crop(spec: InputSpec) -> None:
    rng = np.random.default_rng(0)
    shape = (600, spec.height, spec.width, spec.channels)
    # From almost blank to the whole range, dark and bright.
    spread = rng.choice([0, 1, 2, 5, 30, 255], (600, 1, 1, 1))
    lowest = rng.integers(0, 256, (600, 1, 1, 1)) * (255 - spread) // 255
    crops = (lowest + rng.integers(0, 256, shape) * spread // 255).astype(np.uint8)
    ours = normalised(torch.from_numpy(crops.transpose(0, 3, 1, 2).copy()), spec)
    assert np.array_equal(ours.numpy(), planes(crops, spec))


@settings(max_examples=60)
@given(arrays(np.uint8, (3, 8, 12, 1), elements=st.integers(0, 255)))
def test_normalised_is_what_the_runtime_makes_of_a_crop_that_is_made_to_break_it(
    crops: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> None:
    spec = InputSpec(8, 12)
    ours = normalised(torch.from_numpy(crops.transpose(0, 3, 1, 2).copy()), spec)
    assert np.array_equal(ours.numpy(), planes(crops, spec))


def test_normalised_leaves_the_crops_it_was_given_alone() -> None:
    crops = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    before = crops.clone()
    normalised(crops, InputSpec(16, 16))
    assert torch.equal(crops, before)
