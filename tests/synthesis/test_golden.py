import numpy as np

from blink.synthesis import golden_crops


def test_golden_crops_are_of_varied_sizes_and_ranks() -> None:
    crops = golden_crops(12)
    assert {crop.ndim for crop in crops} == {2, 3}
    assert len({crop.shape[:2] for crop in crops}) >= 9
    assert all(crop.dtype == np.uint8 and min(crop.shape[:2]) >= 16 for crop in crops)
    assert all(crop.std() > 2 for crop in crops)


def test_golden_crops_are_the_same_when_asked_again() -> None:
    for first, second in zip(golden_crops(3), golden_crops(5), strict=False):
        np.testing.assert_array_equal(first, second)
