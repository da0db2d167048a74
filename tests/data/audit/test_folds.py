import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from blink.data.audit.folds import folds_over_people
from blink.data.audit.nuisance_score import score_nuisances
from blink.evaluation.mistakes.witness import OutOfFoldPredictions, predict_out_of_fold

EVEN = ((8, 8),) * 6
UNEVEN = ((35, 7), (6, 5), (0, 25), (0, 54), (58, 0))
"""Open and closed crops of people whom scikit-learn deals into four folds of five."""


def crops(people: tuple[tuple[int, int], ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    label = np.concatenate([np.repeat([0, 1], counts) for counts in people])
    return label, np.repeat(np.arange(len(people)), [sum(counts) for counts in people])


@pytest.mark.parametrize(("people", "folds"), [(EVEN, 5), (UNEVEN, 4)])
def test_folds_judge_each_crop_once_by_other_people_when_people_are_uneven(
    people: tuple[tuple[int, int], ...], folds: int
) -> None:
    label, person = crops(people)
    found = list(folds_over_people(label, person))
    assert len(found) == folds
    assert sorted(np.concatenate([unseen for _, unseen in found])) == list(range(len(label)))
    for known, unseen in found:
        assert len(unseen)
        assert not set(person[known]) & set(person[unseen])


def test_whoever_judges_unseen_people_does_so_when_a_fold_would_be_empty() -> None:
    label, person = crops(UNEVEN)
    draw = np.random.default_rng(0)
    telling = draw.normal(label * 4, 1).astype(np.float32)
    score = score_nuisances(pd.DataFrame({"size": telling}), label, person)
    assert score.auc > 0.9
    shapes = np.stack([telling, draw.normal(0, 1, len(label))], axis=1).astype(np.float32)
    predicted = predict_out_of_fold(shapes, label == 1, person)
    assert isinstance(predicted, OutOfFoldPredictions)
    assert predicted.auc > 0.9
