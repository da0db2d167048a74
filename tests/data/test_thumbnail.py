import cv2
import numpy as np
import pytest

from blink.data.thumbnail import thumbnail
from blink.runtime.strangeness import EDGES, SIDE, edges
from tests.data.drawing import eye


@pytest.mark.parametrize("side", [10, 32, 90])
def test_thumbnail_is_grey_and_of_one_size_when_crops_differ(side: int) -> None:
    crop = eye(1, closed=False, side=side)
    assert thumbnail(crop).shape == (SIDE, SIDE)
    np.testing.assert_array_equal(thumbnail(np.dstack([crop] * 3)), thumbnail(crop))


def test_edges_stay_when_only_brightness_changes() -> None:
    small = thumbnail(eye(1, closed=False, side=32))
    darker = np.clip(small.astype(int) - 15, 0, 255).astype(np.uint8)
    assert edges(small).shape == (EDGES,)
    np.testing.assert_allclose(edges(darker), edges(small), atol=0.02)
    turned = np.asarray(cv2.rotate(small, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    assert np.abs(edges(turned) - edges(small)).max() > 0.1
