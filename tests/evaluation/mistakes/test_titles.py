import numpy as np

from blink.evaluation.mistakes.titles import entitle, marks
from blink.evaluation.mistakes.traits import Condition, Trait


def trait(name: str, here: float = 0.8, elsewhere: float = 0.1) -> Trait:
    is_adjective = " " not in name
    holds = np.ones(1, np.bool_)
    return Trait(
        Condition(name, name, holds, is_adjective, name.startswith("person")), here, elsewhere
    )


def test_title_puts_adjectives_first_when_traits_are_mixed() -> None:
    kinds = [[trait("glasses yes"), trait("dark"), trait("small")]]
    assert entitle("missed_closure", kinds) == ["dark crops of closed eyes, glasses yes"]
    assert entitle("false_closure", [[trait("dark"), trait("small")]]) == [
        "dark, small crops of open eyes"
    ]


def test_title_names_what_is_shared_by_most_when_traits_are_weak_or_of_a_person() -> None:
    assert entitle(
        "missed_closure",
        [[trait("person a"), trait("glasses yes", 0.4)], [trait("dark", 0.6, 0.4)], []],
    ) == [
        "crops of closed eyes, many with glasses yes",
        "crops of closed eyes, many of them dark",
        "crops of closed eyes without a common trait",
    ]


def test_titles_differ_when_the_strongest_traits_are_the_same() -> None:
    same = [trait("dark"), trait("small")]
    assert entitle("missed_closure", [[*same, trait("pale")], same, same]) == [
        "dark, small, pale crops of closed eyes",
        "dark, small crops of closed eyes (1)",
        "dark, small crops of closed eyes (2)",
    ]


def test_marks_are_shared_frequent_and_nobody_when_traits_are_of_all_sorts() -> None:
    weak, rare, person = trait("dark", 0.9, 0.5), trait("pale", 0.4), trait("person a")
    kept = [trait("small"), trait("glasses yes"), trait("blurred")]
    assert marks([weak, rare, person, *kept]) == kept[:2]
    assert marks([weak, rare, person, *kept], most=3) == kept
