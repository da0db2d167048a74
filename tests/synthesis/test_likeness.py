import numpy as np
import pytest

from blink.contract import DataError
from blink.synthesis.likeness import describe, effective, judge
from blink.synthesis.portrait import sample_portrait


def _people(crops: int) -> list[str]:
    return [str(number % 20) for number in range(crops)]


def test_describe_gives_so_many_numbers_whatever_the_crop() -> None:
    crops = [sample_portrait(number, 0, 3).take() for number in range(12)]
    looks = np.stack([describe(crop) for crop in crops])
    assert looks.shape == (12, 142)
    assert np.isfinite(looks).all()
    assert {crop.ndim for crop in crops} == {2, 3}


def test_describe_changes_in_the_levels_alone_when_contrast_and_brightness_do() -> None:
    crop = np.random.default_rng(0).integers(60, 120, (32, 32)).astype(np.uint8)
    before, after = describe(crop), describe(crop + np.uint8(50))
    np.testing.assert_allclose(before[:132], after[:132], atol=0.05)
    np.testing.assert_allclose(after[132:140], before[132:140] + 50)


def test_describe_takes_slopes_of_what_the_net_sees() -> None:
    # Stripes as far from the mean as the net's unit, so that neighbours differ by two.
    stripes = np.tile(np.array([0, 255], np.uint8), (32, 16))
    down, across = describe(stripes)[126:128]
    np.testing.assert_allclose([down, across], np.log([0.01, 2.01]), atol=0.01)


def test_judge_gives_the_ratio_of_two_normal_densities() -> None:
    rng = np.random.default_rng(0)
    real, rendered = rng.normal(0.8, 1, (2000, 1)), rng.normal(0, 1, (1000, 1))
    likeness = judge(real, rendered, _people(2000), _people(1000))
    true = np.exp(0.8 * rendered[:, 0] - 0.32)
    np.testing.assert_allclose(likeness.ratio, true / true.mean(), rtol=0.25)
    assert likeness.ratio.mean() == pytest.approx(1)
    assert likeness.auc == pytest.approx(0.714, abs=0.02)  # Φ(0.8 / √2)


def test_judge_does_not_tell_apart_what_differs_by_person_alone() -> None:
    # Each person has a place of their own: whoever knew it would tell all crops apart.
    rng = np.random.default_rng(1)
    place = rng.normal(0, 1, (2, 20, 40)).repeat(25, axis=1)
    names = [str(number // 25) for number in range(500)]
    likeness = judge(place[0], place[1], names, names)
    assert likeness.auc < 0.75


def test_judge_refuses_fewer_people_than_folds() -> None:
    looks = np.zeros((20, 2))
    with pytest.raises(DataError, match="5 people at least, not 1"):
        judge(looks, looks, ["one"] * 20, _people(20))


def test_effective_counts_weights_that_matter() -> None:
    assert effective(np.ones(7)) == 7
    assert effective(np.array([3.0, 3.0, 0.0, 0.0])) == 2
