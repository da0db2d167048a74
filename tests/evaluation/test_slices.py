import numpy as np
import pandas as pd
import pytest

from blink.evaluation.slices import Slice, cut_by_attributes
from tests.evaluation.drawn import predictions

LABELS, SCORES, PEOPLE = [1, 0, 1, 0], [0.9, 0.2, 0.8, 0.1], list("abcd")


def sliced(table: pd.DataFrame) -> dict[tuple[str, str], list[int]]:
    return {
        (name, value): np.flatnonzero(each.inside).tolist()
        for each in cut_by_attributes(table)
        for name, value in each.values.items()
    }


def test_cut_by_attributes_keeps_the_vocabulary_order_when_values_have_one() -> None:
    table = predictions(LABELS, SCORES, PEOPLE, reflections=["big", "none", "small", "none"])
    assert list(sliced(table).items()) == [
        (("reflections", "none"), [1, 3]),
        (("reflections", "small"), [2]),
        (("reflections", "big"), [0]),
    ]


def test_cut_by_attributes_sorts_values_when_they_are_free_text() -> None:
    table = predictions(LABELS, SCORES, PEOPLE, sensor=["z", "a", "z", "m"])
    assert [value for _, value in sliced(table)] == ["a", "m", "z"]


def test_cut_by_attributes_leaves_an_attribute_out_when_it_tells_nothing() -> None:
    table = predictions(LABELS, SCORES, PEOPLE, spectrum=["ir"] * 4)
    assert sliced(table) == {}


def test_cut_by_attributes_shows_one_value_when_it_is_known_of_some_only() -> None:
    table = predictions(LABELS, SCORES, PEOPLE, glasses=["yes", None, "yes", None])
    assert sliced(table) == {("glasses", "yes"): [0, 2]}


def test_cut_by_attributes_splits_data_sets_when_there_are_two() -> None:
    table = predictions(LABELS, SCORES, PEOPLE).assign(dataset=["mrl", "cew", "mrl", "mrl"])
    assert sliced(table) == {("dataset", "cew"): [1], ("dataset", "mrl"): [0, 2, 3]}


@pytest.mark.parametrize(
    ("openness", "name"),
    [(0.0, "0.0–0.2"), (0.2, "0.2–0.4"), (0.79, "0.6–0.8"), (0.8, "0.8–1.0"), (1.0, "0.8–1.0")],
)
def test_cut_by_attributes_bins_openness_when_it_is_a_number(openness: float, name: str) -> None:
    table = predictions(LABELS, SCORES, PEOPLE, openness=[openness, None, None, None])
    assert sliced(table) == {("openness", name): [0]}


def test_cuts_share_crops_and_what_is_known_when_they_are_joined() -> None:
    table = predictions(
        LABELS, SCORES, PEOPLE, glasses=["yes", "no", None, "yes"], gender=["man"] * 3 + ["woman"]
    )
    slices = {tuple(each.values.items()): each for each in cut_by_attributes(table)}
    both: Slice = slices[("glasses", "yes"),] & slices[("gender", "man"),]
    assert both.values == {"glasses": "yes", "gender": "man"}
    assert both.inside.tolist() == [True, False, False, False]
    assert both.known.tolist() == [True, True, False, True]
