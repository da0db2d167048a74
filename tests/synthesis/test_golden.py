import hashlib

import cv2
import numpy as np

from blink.runtime.preprocessing import grey
from blink.synthesis import RENDERER_VERSION, golden_crops

_LOOK = {
    4: [
        [173.4, 174.4, 174.9, 176.2],
        [157.6, 142.9, 164.8, 137.8],
        [22.4, 59.4, 58.1, 66.8],
        [89.1, 70.0, 99.3, 43.7],
    ]
}
"""Renderer version → mean grey levels of the four quarters of the first golden crops."""


def test_golden_crops_are_of_varied_sizes_and_ranks() -> None:
    crops = golden_crops(12)
    assert {crop.ndim for crop in crops} == {2, 3}
    assert len({crop.shape[:2] for crop in crops}) >= 9
    assert all(crop.dtype == np.uint8 and min(crop.shape[:2]) >= 16 for crop in crops)
    assert all(crop.std() > 2 for crop in crops)


def test_golden_crops_have_the_same_hash_when_asked_again() -> None:
    first, second = (
        [hashlib.sha256(crop.tobytes()).hexdigest() for crop in golden_crops(count)]
        for count in (3, 5)
    )
    assert first == second[:3]


def test_golden_crops_keep_their_look_until_the_version_is_raised() -> None:
    # Means rather than a hash: another CPU may round the odd pixel another way.
    quarters = [
        cv2.resize(grey(crop).astype(np.float32), (2, 2), interpolation=cv2.INTER_AREA).ravel()
        for crop in golden_crops(4)
    ]
    np.testing.assert_allclose(quarters, _LOOK[RENDERER_VERSION], atol=0.5)
