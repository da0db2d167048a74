from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.data.cached.mapped import MemmapArray, write_npy
from blink.data.sampler import BalancedSampler, SubsetSequentialSampler, subsample_indices

Weighing = Callable[[list[float]], MemmapArray]


@pytest.fixture(scope="module")
def weigh(tmp_path_factory: pytest.TempPathFactory) -> Weighing:
    """Running sums of probabilities, in a file."""
    folder = tmp_path_factory.mktemp("draws")

    def weigh(probabilities: list[float]) -> MemmapArray:
        cumulative = np.cumsum(probabilities)
        path = folder / f"{hash(tuple(probabilities))}.npy"
        write_npy(path, np.float64, [cumulative / cumulative[-1]])
        return MemmapArray(path)

    return weigh


def test_sampler_draws_as_likely_as_it_is_told(weigh: Weighing) -> None:
    drawn = Counter(place for place, _ in BalancedSampler(weigh([0.2, 0.0, 0.7, 0.1]), 20_000))
    assert set(drawn) == {0, 2, 3}
    assert [drawn[place] / 20_000 for place in (0, 2, 3)] == pytest.approx(
        [0.2, 0.7, 0.1], abs=0.01
    )


@pytest.mark.parametrize("length", [1, 50, 65_536, 65_537, 140_001])
def test_sampler_draws_what_choice_draws_when_the_draws_come_in_parts(
    weigh: Weighing, length: int
) -> None:
    probabilities = np.random.default_rng(1).random(300) ** 4
    sampler = BalancedSampler(weigh(probabilities.tolist()), length, seed=7)
    sampler.set_epoch(3)
    generator = np.random.default_rng([7, 3])
    places = generator.choice(300, length, p=probabilities / probabilities.sum())
    seeds = generator.integers(0, 2**31, length)
    assert list(sampler) == list(zip(places.tolist(), seeds.tolist(), strict=True))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**20), epoch=st.integers(0, 500))
def test_sampler_draws_the_same_when_seed_and_epoch_are_the_same(
    weigh: Weighing, seed: int, epoch: int
) -> None:
    draws = []
    for passed in (0, 3):  # after a resume the epochs before have not been drawn
        sampler = BalancedSampler(weigh([1.0] * 100), 50, seed=seed)
        for earlier in range(passed):
            sampler.set_epoch(earlier)
            list(sampler)
        sampler.set_epoch(epoch)
        draws.append(list(sampler))
    assert draws[0] == draws[1]
    assert len(draws[0]) == len(sampler) == 50
    sampler.set_epoch(epoch + 1)
    assert list(sampler) != draws[0]


def test_subset_sequential_sampler_names_every_index_once() -> None:
    indices = SubsetSequentialSampler(range(3))
    assert (len(indices), list(indices)) == (3, [(0, 0), (1, 0), (2, 0)])


def test_subsample_indices_takes_as_many_left_eyes_as_right_ones_when_they_take_turns() -> None:
    kept = subsample_indices(22_000, 11_000)
    assert len(set(kept.tolist())) == 11_000
    assert (np.diff(kept) > 0).all()
    assert (kept % 2).mean() == pytest.approx(0.5, abs=0.02)
    assert subsample_indices(5, 9).tolist() == [0, 1, 2, 3, 4]
