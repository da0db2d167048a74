import numpy as np
import pytest
from numpy.typing import NDArray

from blink.evaluation.mistakes.witness import OutOfFoldPredictions, contradicts, predict_out_of_fold

Shapes = NDArray[np.float32]


def two_clouds(
    n: int = 200, people: int = 10
) -> tuple[Shapes, NDArray[np.bool_], NDArray[np.int64]]:
    draw = np.random.default_rng(0)
    closed = np.arange(n) % 2 == 0
    shapes = draw.normal(0, 1, (n, 6)) + np.where(closed, 2, -2)[:, None]
    return shapes.astype(np.float32), closed, np.arange(n) // (n // people)


def test_witness_contradicts_flipped_labels_when_shapes_tell_the_state() -> None:
    shapes, closed, person = two_clouds()
    flipped = closed.copy()
    flipped[[3, 120, 199]] ^= True
    predicted = predict_out_of_fold(shapes, flipped, person)
    assert isinstance(predicted, OutOfFoldPredictions)
    assert predicted.auc > 0.95
    found = np.flatnonzero(contradicts(predicted.closed, flipped))
    assert set(found) >= {3, 120, 199}
    assert len(found) <= 8


def test_witness_has_not_seen_the_person_when_it_judges_one() -> None:
    shapes, closed, person = two_clouds()
    # Each person looks like nobody else, and only that gives the state away.
    alone = np.zeros((len(closed), 20), np.float32)
    alone[np.arange(len(closed)), person * 2 + closed] = 1
    assert isinstance(predict_out_of_fold(shapes, closed, person), OutOfFoldPredictions)
    told = predict_out_of_fold(alone, closed, person)
    assert isinstance(told, str)
    assert "must reach 0.75 before it is heard" in told


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s, c, p: (s, c, p // 3), "5 people; there are 100 of the smaller class and 4"),
        (lambda s, c, p: (s, c & (p < 2), p), "there are 20 of the smaller class|AUC|a class"),
        (lambda s, c, p: (s, c & (p < 1), p), "there are 10 of the smaller class and 10 people"),
        (lambda s, c, p: (s[:0], c[:0], p[:0]), "there are 0 of the smaller class and 0 people"),
        (lambda s, c, p: (s * 0, c, p), "all pictures are the same"),
    ],
)
def test_witness_is_silent_when_there_is_too_little(change: object, reason: str) -> None:
    assert callable(change)
    told = predict_out_of_fold(*change(*two_clouds()))
    assert isinstance(told, str)
    assert any(part in told for part in reason.split("|"))


def test_witness_says_the_same_when_asked_twice() -> None:
    first, second = predict_out_of_fold(*two_clouds()), predict_out_of_fold(*two_clouds())
    assert isinstance(first, OutOfFoldPredictions)
    assert isinstance(second, OutOfFoldPredictions)
    np.testing.assert_array_equal(first.closed, second.closed)


def test_contradicts_takes_the_usual_score_as_the_bar_when_classes_differ() -> None:
    closed = np.array([True, True, True, False, False, False])
    score = np.array([0.9, 0.6, 0.1, 0.05, 0.3, 0.8])
    # Closed crops usually get 0.53, open ones 0.62 of open: 0.9 of open and 0.8 of closed are sure.
    assert contradicts(score, closed).tolist() == [False, False, True, False, False, True]
