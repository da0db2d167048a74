from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.synthesis.frame import Frame
from blink.synthesis.lids import pose_lids, sample_lids

_FRAME = Frame(height=60, width=90, scale=30.0, left=-1.5, top=-1.0)

_seeds = st.integers(0, 2**32 - 1)
_openness = st.floats(0, 1)


@settings(max_examples=50)
@given(seed=_seeds, openness=_openness, lift=st.floats(-0.3, 0.3), aged=st.floats(0, 1))
def test_aperture_is_openness_times_the_widest(
    seed: int, openness: float, lift: float, aged: float
) -> None:
    traits = sample_lids(np.random.default_rng(seed), aged)
    widest = pose_lids(traits, 1.0, 0.0, _FRAME)
    lids = pose_lids(traits, openness, lift, _FRAME)
    expected = openness * (widest.lower - widest.upper)
    np.testing.assert_allclose(lids.lower - lids.upper, expected, atol=2e-6)


@settings(max_examples=50)
@given(seed=_seeds, openness=_openness)
def test_lids_meet_at_the_corners_and_never_cross(seed: int, openness: float) -> None:
    traits = sample_lids(np.random.default_rng(seed), 0.5)
    lids = pose_lids(traits, openness, 0.0, _FRAME)
    aperture = lids.lower - lids.upper
    assert aperture.min() > -0.02  # a skewed profile dips below by a fraction of a pixel
    assert np.abs(aperture[:, np.abs(_FRAME.x[0]) > 1]).max() < 0.02


@pytest.mark.parametrize(
    ("crease", "hood", "shape"),
    [(0.1, 0.0, "single"), (0.1, 0.8, "single"), (0.5, 0.0, "double"), (0.5, 0.4, "hooded")],
)
def test_lids_are_named_by_what_shows_when_the_eye_is_open(
    crease: float, hood: float, shape: str
) -> None:
    drawn = sample_lids(np.random.default_rng(0), 0.5)
    assert replace(drawn, crease=crease, hood=hood).shape == shape
