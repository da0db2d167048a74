import numpy as np
import pytest

from blink.evaluation.populations.features import Feature, describe
from tests.evaluation.drawn import predictions

NOTHING = np.zeros(1)


@pytest.mark.parametrize(
    ("feature", "threshold", "is_above", "words"),
    [
        (Feature("brightness", NOTHING), 61.5, False, "brightness up to 61 of 255"),
        (Feature("brightness", NOTHING), 61.5, True, "brightness above 61 of 255"),
        (Feature("width", NOTHING), 40.5, False, "width up to 40 px"),
        (Feature("sharpness", NOTHING), 0.125, False, "sharpness up to 0.12"),
        (Feature("lid_shape", NOTHING, "hooded"), 0.5, True, "lid shape hooded"),
        (Feature("glasses", NOTHING, "yes", "no"), 0.5, False, "glasses no"),
    ],
)
def test_feature_words_a_condition_when_a_tree_splits_by_it(
    feature: Feature, threshold: float, is_above: bool, words: str
) -> None:
    assert feature.word(threshold, is_above) == words


def test_feature_tells_by_its_absence_when_there_is_one_other_value() -> None:
    table = predictions(
        [1, 0, 1], [0.9] * 3, list("abc"), glasses=["no", "yes", "no"], sensor=["x", "y", "z"]
    )
    telling = {(one.name, one.value): one.tells(is_above=False) for one in describe(table, None)}
    assert telling == {
        ("sensor", "x"): False,
        ("sensor", "y"): False,
        ("sensor", "z"): False,
        ("glasses", "no"): True,
        ("glasses", "yes"): True,
    }


def test_openness_is_a_feature_when_it_is_known_of_all() -> None:
    table = predictions([1, 0], [0.9, 0.1], list("ab"), openness=[0.0, 0.614])
    (feature,) = describe(table, None)
    assert feature.values.tolist() == [0.0, 0.61]
    assert describe(table.assign(openness=[0.0, np.nan]), None) == []
