import numpy as np
import pytest

from blink.evaluation.mistakes.traits import (
    Condition,
    Trait,
    find_conditions,
    find_traits,
    share_of_all,
)
from tests.evaluation.drawn import predictions
from tests.evaluation.mistakes.crowd import noisy_eye, pictures_for


def condition(name: str, holds: list[int], n: int = 100) -> Condition:
    flags = np.zeros(n, np.bool_)
    flags[holds] = True
    return Condition(name, name, flags)


HERE = np.arange(100) < 20
RIGHT = ~HERE


def test_traits_come_strongest_first_when_several_are_more_frequent() -> None:
    found = find_traits(
        [
            condition("everywhere", list(range(100))),
            condition("rare and here", list(range(15))),
            condition("half and half", [*range(18), *range(20, 60)]),
            condition("never here", list(range(20, 60))),
        ],
        HERE,
        RIGHT,
    )
    assert [trait.condition.name for trait in found] == ["rare and here", "half and half"]
    assert (found[0].here, found[0].elsewhere) == (0.75, 0.0)
    assert str(found[1]) == "half and half: 90.0 % here, 50.0 % among right answers"


@pytest.mark.parametrize(
    ("holds", "why"),
    [
        ([0, 1, 2, 3], "a quarter of the kind"),
        ([*range(10), *range(20, 52)], "1.5 times as often"),
        ([*range(8), *range(20, 36)], "chance"),
    ],
)
def test_traits_leave_out_what_may_be_chance_when_it_is_weak(holds: list[int], why: str) -> None:
    assert find_traits([condition(why, holds)], HERE, RIGHT) == []


def test_traits_say_so_when_nothing_was_called_rightly() -> None:
    (trait,) = find_traits([condition("dark", list(range(10)))], HERE, np.zeros(100, np.bool_))
    assert trait.elsewhere is None
    assert str(trait) == "dark: 50.0 % here"
    assert share_of_all([trait], np.zeros(100, np.bool_)) is None


def test_share_of_all_counts_what_holds_together_when_there_are_two() -> None:
    first = Trait(condition("a", [*range(20, 60)]), 1, 0.5)
    second = Trait(condition("b", [*range(40, 80)]), 1, 0.5)
    assert share_of_all([first, second], RIGHT) == 0.25
    assert share_of_all([], RIGHT) is None


def test_conditions_are_in_words_when_pictures_and_attributes_are_known() -> None:
    n = 20
    table = predictions(
        [1] * n,
        [0.9] * n,
        ["a", "b"] * 10,
        glasses=["yes", "no", None, None] * 5,
        openness=np.linspace(0, 0.38, n).tolist(),
    )
    crops = [noisy_eye(True, seed, 60 + 8 * seed) for seed in range(n)]
    pictures = pictures_for(table, crops)
    found = {c.name: c for c in find_conditions(table, pictures, np.ones(n, np.bool_))}
    assert found["dark"].holds.tolist() == [True] * 4 + [False] * 16
    assert found["dark"].words.startswith("dark (brightness up to ")
    assert found["bright"].holds.tolist() == [False] * 16 + [True] * 4
    assert found["dark"].is_adjective
    assert found["glasses yes"].holds.tolist() == [True, False, False, False] * 5
    assert found["person b"].is_person
    assert found["openness up to 0.08"].holds.sum() == 4
    assert found["small"].words == "small (smaller side up to 32)"
    assert not any(name.startswith("gender") for name in found)
