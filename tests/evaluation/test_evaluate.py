import numpy as np
import pytest

from blink.contract import DataError, OperatingPoint
from blink.evaluation.evaluate import evaluate
from blink.evaluation.statistics import TITLES
from tests.evaluation.drawn import predictions

HALF = OperatingPoint(0.5, "by hand")


def test_evaluate_counts_and_judges_when_all_is_there() -> None:
    table = predictions(
        [1, 1, 0, 0, 1, 0, None],
        [0.9, 0.2, 0.1, 0.8, 0.7, 0.3, 0.5],
        ["a", "a", "a", "a", "b", "b", "b"],
    )
    found = evaluate(table, HALF)
    assert (found.scores.n, found.scores.closed, found.scores.people) == (6, 3, 2)
    assert (found.unlabelled, found.draws) == (1, 2000)
    assert found.confusion.to_dict() == {
        "found_closures": 2,
        "missed_closures": 1,
        "false_closures": 1,
        "found_openings": 2,
    }
    assert found.scores["balanced_accuracy"].value == pytest.approx(2 / 3)
    assert found.scores["balanced_accuracy"].gap == (
        "too few people: 2, an interval needs at least 10"
    )


def test_evaluate_has_an_interval_when_people_are_enough() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 100)
    scores = np.where(rng.random(200) < 0.1, 1 - labels, labels)
    table = predictions(
        labels.tolist(), scores.tolist(), [f"p{number // 10}" for number in range(200)]
    )
    accuracy = evaluate(table, HALF, draws=200).scores["balanced_accuracy"]
    assert accuracy.value == pytest.approx(np.mean(scores == labels))
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert 0.8 < accuracy.low < (accuracy.value or 0) < accuracy.high < 1


def test_evaluate_gives_the_same_numbers_when_rows_are_shuffled() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 60).tolist()
    scores = generator.random(60).round(2).tolist()
    people = [f"p{number}" for number in generator.integers(0, 6, 60)]
    glasses = [("no", "yes")[int(name[1]) % 2] for name in people]
    table = predictions(labels, scores, people, glasses=glasses)
    assert evaluate(table.sample(frac=1, random_state=1), HALF) == evaluate(table, HALF)


def test_evaluate_leaves_intervals_out_when_there_is_one_person() -> None:
    found = evaluate(predictions([1, 0], [0.9, 0.1], ["a", "a"]), HALF)
    assert found.scores["auc"].value == 1
    gaps = {one.gap for one in found.scores.metrics.values()}
    assert gaps == {"too few people: 1, an interval needs at least 10"}


@pytest.mark.parametrize(("label", "gap"), [(1, "no open eyes"), (0, "no closed eyes")])
def test_evaluate_says_what_is_missing_when_there_is_one_class(label: int, gap: str) -> None:
    found = evaluate(predictions([label] * 4, [0.9, 0.6, 0.4, 0.1], list("abcd")), HALF)
    present, missing = ("recall_closed", "recall_open")[:: 1 if label else -1]
    assert found.scores[present].value == 0.5
    assert found.scores["ece"].value is not None
    for name in ("balanced_accuracy", "f1", "auc", missing):
        assert (found.scores[name].value, found.scores[name].gap) == (None, gap)
    assert found.roc == ()


def test_evaluate_says_so_when_nothing_has_a_label() -> None:
    found = evaluate(predictions([None, None], [0.9, 0.1], ["a", "b"]), HALF)
    assert (found.scores.n, found.scores.people, found.unlabelled) == (0, 0, 2)
    assert list(found.scores.metrics) == list(TITLES)
    for one in found.scores.metrics.values():
        assert (one.value, one.gap) == (None, "no labelled crops")
    assert (found.roc, found.reliability) == ((), ())


def test_evaluate_has_no_interval_when_few_people_show_a_class() -> None:
    people = [f"p{number}" for number in range(12)]
    found = evaluate(predictions([1] * 3 + [0] * 9, [0.9] * 3 + [0.1] * 9, people), HALF)
    accuracy = found.scores["balanced_accuracy"]
    assert (accuracy.value, accuracy.low) == (1, None)
    assert accuracy.gap == "too few people with closed eyes: 3, an interval needs at least 10"


def test_evaluate_refuses_a_table_when_it_is_no_predictions_table() -> None:
    table = predictions([1], [0.9], ["a"]).drop(columns="p_closed")
    with pytest.raises(DataError, match=r"The table to evaluate is no predictions table.*p_closed"):
        evaluate(table, HALF)
