import cv2
import numpy as np
import pytest

from blink.data.thumbnail import HOG_LENGTH, SIDE, hog_of, thumbnail
from tests.data.drawing import eye


@pytest.mark.parametrize("side", [10, 32, 90])
def test_thumbnail_is_grey_and_of_one_size_when_crops_differ(side: int) -> None:
    crop = eye(1, closed=False, side=side)
    assert thumbnail(crop).shape == (SIDE, SIDE)
    np.testing.assert_array_equal(thumbnail(np.dstack([crop] * 3)), thumbnail(crop))


def test_hog_stays_when_only_brightness_changes() -> None:
    small = thumbnail(eye(1, closed=False, side=32))
    darker = np.clip(small.astype(int) - 15, 0, 255).astype(np.uint8)
    assert hog_of(small).shape == (HOG_LENGTH,)
    np.testing.assert_allclose(hog_of(darker), hog_of(small), atol=0.02)
    turned = np.asarray(cv2.rotate(small, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    assert np.abs(hog_of(turned) - hog_of(small)).max() > 0.1
