import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from blink.evaluation.mistakes.clusters import FEWEST, MOST_KINDS, describe, group
from tests.evaluation.drawn import predictions
from tests.evaluation.mistakes.crowd import noisy_eye, pictures_for


def clouds(*sizes: int) -> NDArray[np.float64]:
    draw = np.random.default_rng(0)
    parts = zip(np.eye(8)[: len(sizes)], sizes, strict=True)
    return np.vstack([centre + draw.normal(0, 0.05, (n, 8)) for centre, n in parts])


@pytest.mark.parametrize("sizes", [(20, 30), (9, 9, 9), (8, 40, 12, 6, 7)])
def test_group_finds_the_parts_when_mistakes_fall_into_some(sizes: tuple[int, ...]) -> None:
    groups = group(clouds(*sizes))
    places = np.repeat(np.arange(len(sizes)), sizes)
    pairs = set(zip(places.tolist(), groups.tolist(), strict=True))
    assert len(pairs) == len(sizes) == len(set(groups))


def test_group_is_one_when_mistakes_do_not_fall_into_parts_or_are_few() -> None:
    even = np.random.default_rng(0).normal(0, 1, (60, 60))
    assert set(group(even)) == {0}
    assert set(group(clouds(4, 4))) == {0}


@given(count=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_groups_are_counted_from_zero_and_large_enough_when_features_are_random(
    count: int, seed: int
) -> None:
    features = np.random.default_rng(seed).normal(0, 1, (count, 3))
    sizes = np.bincount(group(features))
    assert sizes.sum() == count
    assert len(sizes) <= MOST_KINDS
    assert sizes.min() >= min(FEWEST, count)


def test_describe_gives_each_block_the_same_weight_when_it_knows_something() -> None:
    n = 40
    table = predictions([1] * n, [0.1] * n, ["a"] * n, glasses=["yes", "no"] * (n // 2))
    pictures = pictures_for(table, [noisy_eye(True, seed, 120 + seed) for seed in range(n)])
    features = describe(table, pictures)
    squares = (features**2).sum(axis=0) / n
    assert squares.sum() == pytest.approx(3)
    assert squares[:2].sum() == pytest.approx(1)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-9)


def test_describe_says_nothing_when_all_crops_are_the_same() -> None:
    table = predictions([1] * 3, [0.1] * 3, ["a"] * 3)
    pictures = pictures_for(table, [noisy_eye(True, 1)] * 3)
    assert not describe(table, pictures).any()
