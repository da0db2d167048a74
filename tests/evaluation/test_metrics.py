import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score, roc_auc_score

from blink.evaluation.bootstrap import draw_people
from blink.evaluation.metrics import BINS, MOST_UNKNOWN, TITLES, Sample, measure
from tests.evaluation.drawn import predictions

THRESHOLD = 0.5
# Few different values, so that ties, the threshold itself and both ends are met.
SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0])
CROPS = st.lists(st.tuples(st.integers(0, 1), SCORES, st.integers(0, 4)), min_size=1, max_size=40)


def table_of(crops: list[tuple[int, float, int]]) -> pd.DataFrame:
    labels, scores, people = zip(*crops, strict=True)
    return predictions(labels, scores, [f"p{person}" for person in people])


def reference(labels: "pd.Series[int]", scores: "pd.Series[float]") -> dict[str, float]:
    """The metrics by sklearn and by the definition; NaN where a class is missing."""
    called = scores >= THRESHOLD
    closed, opened = (labels == 1).any(), (labels == 0).any()
    both = closed and opened
    bins = np.minimum(np.floor(scores * BINS), BINS - 1)
    surplus = (scores - labels).groupby(bins).sum().abs().sum()
    return {
        "balanced_accuracy": balanced_accuracy_score(labels, called) if both else np.nan,
        "f1": f1_score(labels, called, zero_division=0) if both else np.nan,
        "auc": roc_auc_score(labels, scores) if both else np.nan,
        "recall_closed": recall_score(labels, called) if closed else np.nan,
        "recall_open": recall_score(labels, called, pos_label=0) if opened else np.nan,
        "ece": surplus / len(labels) if len(labels) else np.nan,
    }


@given(CROPS)
@settings(max_examples=40, deadline=None)
def test_measure_agrees_with_sklearn_when_everybody_counts_once(
    crops: list[tuple[int, float, int]],
) -> None:
    table = table_of(crops)
    sample = Sample.of(table)
    found = measure(sample, THRESHOLD, np.ones((1, sample.people)))
    expected = reference(table["label"].astype(int), table["p_closed"].astype(float))
    assert list(found) == list(TITLES)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], [value], atol=1e-6, err_msg=name)


@given(CROPS, st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_measure_agrees_with_a_resampled_table_when_people_are_drawn(
    crops: list[tuple[int, float, int]], seed: int
) -> None:
    table = table_of(crops)
    sample = Sample.of(table)
    weights = draw_people(sample.people, 3, seed)
    found = measure(sample, THRESHOLD, weights)
    names = sorted(table["subject"].unique())
    for draw, weight in enumerate(weights):
        parts = [
            table[table["subject"] == name]
            for name, times in zip(names, weight, strict=True)
            for _ in range(int(times))
        ]
        drawn = pd.concat(parts)
        expected = reference(drawn["label"].astype(int), drawn["p_closed"].astype(float))
        for name, value in expected.items():
            np.testing.assert_allclose(found[name][draw], value, atol=1e-6, err_msg=name)


def test_auc_counts_half_when_scores_tie() -> None:
    sample = Sample.of(predictions([1, 0, 0, 0], [0.5, 0.5, 0.4, 0.6], ["a", "a", "b", "b"]))
    assert measure(sample, THRESHOLD, np.ones((1, 2)))["auc"] == pytest.approx([0.5])


def test_measure_calls_closed_when_p_is_the_threshold() -> None:
    sample = Sample.of(predictions([1, 0], [0.5, 0.499], ["a", "b"]))
    assert measure(sample, 0.5, np.ones((1, 2)))["balanced_accuracy"] == pytest.approx([1.0])


def test_ece_is_zero_when_probabilities_keep_their_word() -> None:
    sample = Sample.of(predictions([1, 1, 1, 0], [0.75] * 4, ["a", "b", "c", "d"]))
    assert measure(sample, 0.5, np.ones((1, 4)))["ece"] == pytest.approx([0.0])


def test_sample_leaves_out_crops_when_their_label_is_not_known() -> None:
    sample = Sample.of(predictions([1, None, 0], [0.9, 0.8, 0.1], ["a", "b", "c"]))
    assert sample.closed.tolist() == [True, False]
    assert (sample.people, sample.person.tolist()) == (2, [0, 1])


def test_sample_tells_people_apart_when_two_data_sets_use_one_name() -> None:
    table = predictions([1, 0], [0.9, 0.1], ["same", "same"])
    assert Sample.of(table).people == 1
    assert Sample.of(table.assign(dataset=["a", "b"])).people == 2


def test_sample_takes_each_crop_for_a_person_when_people_are_unknown() -> None:
    table = predictions([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2], ["a", None, "a", None])
    sample = Sample.of(table)
    assert (sample.people, sample.known, sample.unknown) == (3, 1, 2)
    assert sample.person.tolist() == [0, 1, 0, 2]


def test_sample_draws_lots_when_very_many_people_are_unknown() -> None:
    crops = MOST_UNKNOWN + 500
    sample = Sample.of(predictions([1, 0] * (crops // 2), [0.5] * crops, [None] * crops))
    assert (sample.people, sample.known, sample.unknown) == (MOST_UNKNOWN, 0, crops)
    assert sorted(set(np.bincount(sample.person))) == [1, 2]
