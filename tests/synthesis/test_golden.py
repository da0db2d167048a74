import hashlib

import cv2
import numpy as np

from blink.runtime.preprocessing import grey
from blink.synthesis import RENDERER_VERSION, golden_crops

_LOOK = {
    5: [
        [173.4, 174.5, 175.0, 176.3],
        [157.7, 143.0, 164.9, 138.0],
        [22.5, 59.7, 58.4, 67.2],
        [88.7, 69.9, 99.7, 44.1],
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
