import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from blink.contract import InputSpec
from blink.models.front import grey, normalise
from blink.runtime.preprocessing import grey as cached_grey

BATCHES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 4), st.integers(8, 20), st.integers(8, 20), st.just(3))
)


@given(batch=BATCHES)
@settings(max_examples=60, deadline=None)
def test_grey_has_the_bits_of_the_cache_when_given_the_same_pixels(
    batch: NDArray[np.uint8],
) -> None:
    planes = grey(torch.tensor(batch).float())
    assert planes.shape == (len(batch), 1, *batch.shape[1:3])
    for plane, crop in zip(planes[:, 0].numpy(), batch, strict=True):
        np.testing.assert_array_equal(plane, cached_grey(crop))


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_normalise_gives_mean_0_and_deviation_1_when_it_standardises(colour: str) -> None:
    spec = InputSpec.from_dict({"colour": colour})
    pixels = torch.randint(0, 256, (3, spec.channels, 32, 24)).float()
    found = normalise(pixels, spec)
    assert found.shape == pixels.shape
    assert found.mean((1, 2, 3)).abs().max() < 1e-5
    assert (found.std((1, 2, 3), correction=0) - 1).abs().max() < 1e-3


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_normalise_forgets_exposure_and_contrast_when_it_standardises(colour: str) -> None:
    spec = InputSpec.from_dict({"colour": colour})
    pixels = torch.randint(0, 100, (3, spec.channels, 16, 16)).float()
    brighter = normalise(2 * pixels + 30, spec)
    torch.testing.assert_close(brighter, normalise(pixels, spec), rtol=0, atol=5e-3)


def test_normalise_keeps_the_channels_apart_when_the_crop_is_red() -> None:
    pixels = torch.stack([torch.full((8, 8), value) for value in (200.0, 90.0, 70.0)])[None]
    red, green, blue = normalise(pixels, InputSpec(colour="rgb"))[0].mean((1, 2))
    assert red > 1
    assert blue < green < 0


@pytest.mark.parametrize("level", [0.0, 128.0, 255.0])
def test_normalise_keeps_noise_small_when_the_crop_is_blank(level: float) -> None:
    blank = torch.full((1, 1, 32, 32), level)
    assert normalise(blank, InputSpec()).abs().max() == 0
    noisy = blank + torch.tensor([-0.5, 0.5]).repeat(512).reshape(1, 1, 32, 32)
    assert normalise(noisy, InputSpec()).abs().max() < 0.25


def test_normalise_divides_by_255_when_the_spec_says_unit() -> None:
    pixels = torch.tensor([0.0, 51.0, 255.0]).reshape(1, 1, 1, 3)
    found = normalise(pixels, InputSpec(normalisation="unit"))
    torch.testing.assert_close(found.flatten(), torch.tensor([0.0, 0.2, 1.0]))
