from typing import Any

import numpy as np
import pytest

from blink.contract import CLOSED, CLOSED_UNTIL, OPEN, OPEN_FROM, ConfigError
from blink.synthesis import NewPeople
from blink.synthesis.portrait import sample_portrait


def test_eyes_have_the_label_that_is_asked_for() -> None:
    people = NewPeople()
    for slot in range(20):
        assert people.render(slot, 0, CLOSED, 0)[1] <= CLOSED_UNTIL
        assert people.render(slot, 0, OPEN, 0)[1] >= OPEN_FROM


def test_eyes_are_the_same_when_they_are_rendered_again() -> None:
    people = NewPeople()
    first, openness = people.render(5, 2, OPEN, 0)
    again = people.render(5, 2, OPEN, 0)
    assert np.array_equal(first, again[0])
    assert openness == again[1]


def test_eyes_are_others_when_slot_generation_or_seed_is() -> None:
    people = NewPeople()
    drawn = [
        people.render(*what) for what in [(5, 2, 0, 0), (4, 2, 0, 0), (5, 1, 0, 0), (5, 2, 0, 1)]
    ]
    assert len({crop.tobytes() for crop, _ in drawn}) == 4


def test_person_is_shared_by_neighbouring_slots_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[tuple[int, int, int]] = []

    def seen(number: int, crop: int, seed: int, *rest: Any) -> Any:
        met.append((number, crop, seed))
        return sample_portrait(number, crop, seed, *rest)

    monkeypatch.setattr("blink.synthesis.refresh.sample_portrait", seen)
    for slot, generation in [(0, 0), (2, 0), (3, 0), (0, 1)]:
        NewPeople(crops_per_person=3).render(slot, generation, OPEN, 0)
    seeds = {seed for _, _, seed in met}
    assert [(number, crop) for number, crop, _ in met] == [(0, 0), (0, 2), (1, 0), (0, 0)]
    assert len(seeds) == 2
    assert min(seeds) > 10_000  # no data set's


def test_element_is_left_out_when_it_is_named() -> None:
    whole, bare = NewPeople(), NewPeople(without=("brow", "lashes"))
    assert not np.array_equal(whole.render(0, 0, OPEN, 0)[0], bare.render(0, 0, OPEN, 0)[0])
    assert whole.key != bare.key


@pytest.mark.parametrize(
    "options",
    [{"share": -0.1}, {"share": "half"}, {"crops_per_person": 0}, {"without": ("nose",)}],
)
def test_new_people_are_refused_when_an_option_makes_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        NewPeople(**options)
