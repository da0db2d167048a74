import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score, roc_auc_score

from blink.contract import DataError
from blink.evaluation.statistics import MIN_PEOPLE, Estimate
from blink.evaluation.statistics.bootstrap import draw_people
from blink.evaluation.statistics.metrics import TITLES, estimate_metrics, measure
from blink.evaluation.statistics.sample import BINS, Sample
from tests.evaluation.drawn import predictions

THRESHOLD = 0.5
# Few different values, so that ties, the threshold itself and both ends are met.
SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0])
CROPS = st.lists(st.tuples(st.integers(0, 1), SCORES, st.integers(0, 4)), min_size=1, max_size=40)


def table_of(crops: list[tuple[int, float, int]]) -> pd.DataFrame:
    """What a sample reads of a predictions table, without the checks, which take their time."""
    labels, scores, people = zip(*crops, strict=True)
    return pd.DataFrame(
        {
            "id": [f"crop-{number}" for number in range(len(labels))],
            "dataset": "drawn",
            "subject": [f"p{person}" for person in people],
            "label": pd.array(labels, dtype="Int8"),
            "p_closed": np.array(scores, np.float32),
        }
    )


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
@settings(max_examples=40)
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
@settings(max_examples=25)
def test_measure_agrees_with_a_resampled_table_when_people_are_drawn(
    crops: list[tuple[int, float, int]], seed: int
) -> None:
    table = table_of(crops)
    sample = Sample.of(table)
    weights = draw_people(sample.people, 3, seed)[-3:]
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


def crowd(people: int, seed: int = 0) -> pd.DataFrame:
    """A table of 20 crops of each person, most of them called rightly."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, 20 * people)
    scores = np.clip(random.normal(0.25 + 0.5 * labels, 0.2), 0, 1)
    return predictions(
        labels.tolist(), scores.tolist(), [f"p{n % people}" for n in range(len(labels))]
    )


def test_estimate_metrics_has_intervals_around_all_values_when_there_are_people() -> None:
    found = estimate_metrics(Sample.of(crowd(20)), THRESHOLD, draws=200)
    assert list(found) == list(TITLES)
    for one in found.values():
        assert one.gap is None
        assert one.low is not None
        assert one.value is not None
        assert one.high is not None
        assert 0 < one.low < one.value < one.high < 1


def test_estimate_metrics_has_values_without_intervals_when_people_are_too_few() -> None:
    table = crowd(MIN_PEOPLE - 1)
    expected = reference(table["label"].astype(int), table["p_closed"].astype(float))
    for name, one in estimate_metrics(Sample.of(table), THRESHOLD).items():
        assert one.value == pytest.approx(expected[name])
        assert (one.low, one.high) == (None, None)
        assert one.gap == "too few people: 9, an interval needs at least 10"


def test_estimate_metrics_counts_the_people_of_each_class_when_few_show_one() -> None:
    table = crowd(20)
    table.loc[table["subject"].isin([f"p{n}" for n in range(5, 20)]), "label"] = 0
    found = estimate_metrics(Sample.of(table), THRESHOLD, draws=200)
    few = "too few people with closed eyes: 5, an interval needs at least 10"
    for name, one in found.items():
        assert one.gap == (None if name in ("recall_open", "ece") else few)


@pytest.mark.parametrize(("label", "gap"), [(1, "no open eyes"), (0, "no closed eyes")])
def test_estimate_metrics_leaves_gaps_when_there_is_one_class(label: int, gap: str) -> None:
    table = crowd(20)
    table = table[table["label"] == label]
    found = estimate_metrics(Sample.of(table), THRESHOLD, draws=200)
    present = "recall_closed" if label else "recall_open"
    for name, one in found.items():
        assert one.gap == (None if name in (present, "ece") else gap)
        assert (one.value is None) == (one.low is None) == (name not in (present, "ece"))


def test_estimate_metrics_says_so_when_there_are_no_crops() -> None:
    found = estimate_metrics(Sample.of(crowd(2).iloc[:0]), THRESHOLD)
    assert {(one.value, one.gap) for one in found.values()} == {(None, "no labelled crops")}


def test_estimate_metrics_finds_no_skill_when_all_scores_are_equal() -> None:
    found = estimate_metrics(Sample.of(crowd(20).assign(p_closed=np.float32(0.4))), THRESHOLD)
    for name in ("auc", "balanced_accuracy"):
        assert (found[name].value, found[name].low, found[name].high) == (0.5, 0.5, 0.5)
    assert (found["recall_closed"].value, found["f1"].value) == (0, 0)
    # Nobody was found, yet one person in six might be one who would be.
    assert found["recall_closed"].high == pytest.approx(0.1684, abs=1e-4)


def test_estimate_metrics_has_no_interval_when_everybody_was_called_closed() -> None:
    crops = [(label, score, who) for who in range(20) for label, score in ((1, 0.9), (0, 0.8))]
    found = estimate_metrics(Sample.of(table_of(crops)), THRESHOLD)
    assert found["recall_open"].high == pytest.approx(0.1684, abs=1e-4)
    assert found["balanced_accuracy"] == Estimate(0.5, gap="the same for everybody: no interval")


def test_estimate_metrics_admits_mistakes_unseen_when_all_is_right() -> None:
    table = crowd(20)
    table["p_closed"] = (0.1 + 0.8 * table["label"].astype("float32")).astype("float32")
    found = estimate_metrics(Sample.of(table), THRESHOLD, draws=200)
    for name in ("balanced_accuracy", "f1", "auc", "recall_closed", "recall_open"):
        assert (found[name].value, found[name].high) == (1, 1)
        assert found[name].low == pytest.approx(0.8316, abs=1e-4)


def test_predictions_are_refused_when_a_score_is_nan() -> None:
    with pytest.raises(DataError, match="row 1, column p_closed"):
        predictions([1, 0], [0.5, float("nan")], ["a", "b"])
