from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.contract import ConfigError
from blink.data.sampler import BalancedSampler

LENGTH = 20_000


def table(counts: dict[tuple[str, str, int], int]) -> pd.DataFrame:
    """So many crops for each (data set, person, label)."""
    many = [key for key, count in counts.items() for _ in range(count)]
    frame = pd.DataFrame(many, columns=["dataset", "subject", "label"])
    return frame.assign(id=[str(number) for number in range(len(frame))], label_weight=1.0)


UNEVEN = table(
    {("a", "p", 0): 400, ("a", "p", 1): 25, ("a", "q", 1): 400, ("b", "p", 0): 3, ("b", "r", 1): 9}
)


def drawn(frame: pd.DataFrame, *columns: str, **options: object) -> dict[object, float]:
    """Share of each value among many draws."""
    sampler = BalancedSampler(frame, LENGTH, **options)  # type: ignore[arg-type]
    places = [place for place, _ in sampler]
    values = frame[list(columns)].iloc[places].itertuples(index=False, name=None)
    return {value: count / LENGTH for value, count in Counter(values).items()}


def test_sampler_draws_data_sets_and_classes_alike_when_nothing_is_said() -> None:
    shares = drawn(UNEVEN, "dataset", "label")
    assert len(shares) == 4
    for share in shares.values():
        assert share == pytest.approx(0.25, abs=0.015)


def test_sampler_follows_the_shares_when_they_are_given() -> None:
    shares = drawn(UNEVEN, "dataset", "label", shares={"a": 3.0, "b": 1.0})
    assert shares["a", 1] == pytest.approx(0.375, abs=0.015)
    assert shares["b", 0] == pytest.approx(0.125, abs=0.015)


@pytest.mark.parametrize(("tempering", "small"), [(1.0, 25 / 425), (0.5, 5 / 25), (0.0, 0.5)])
def test_sampler_weighs_a_person_by_tempered_crops(tempering: float, small: float) -> None:
    closed_of_a = UNEVEN[(UNEVEN["dataset"] == "a") & (UNEVEN["label"] == 1)].reset_index()
    shares = drawn(closed_of_a, "subject", tempering=tempering)
    assert shares["p",] == pytest.approx(small, abs=0.015)


def test_sampler_never_draws_a_crop_when_its_weight_is_zero() -> None:
    frame = UNEVEN.assign(label_weight=np.where(UNEVEN.index % 2, 1.0, 0.0))
    assert all(place % 2 for place, _ in BalancedSampler(frame, 1000))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**20), epoch=st.integers(0, 500))
def test_sampler_draws_the_same_when_seed_and_epoch_are_the_same(seed: int, epoch: int) -> None:
    draws = []
    for passed in (0, 3):  # after a resume the epochs before have not been drawn
        sampler = BalancedSampler(UNEVEN, 50, seed=seed)
        for earlier in range(passed):
            sampler.set_epoch(earlier)
            list(sampler)
        sampler.set_epoch(epoch)
        draws.append(list(sampler))
    assert draws[0] == draws[1]
    assert len(draws[0]) == len(sampler) == 50
    sampler.set_epoch(epoch + 1)
    assert list(sampler) != draws[0]


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ({"c": 1.0}, r"shares name \['c'\], but the data sets are \['a', 'b'\]"),
        ({"a": -1.0}, "Nothing can be drawn"),
        ({"a": 0.0, "b": 0.0}, "Nothing can be drawn"),
    ],
)
def test_sampler_is_refused_when_the_shares_make_no_sense(
    shares: dict[str, float], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        BalancedSampler(UNEVEN, 10, shares)


def test_sampler_is_refused_when_a_class_has_no_weight() -> None:
    with pytest.raises(ConfigError, match="Nothing can be drawn"):
        BalancedSampler(UNEVEN.assign(label_weight=0.0), 10)
