import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from blink.evaluation.statistics.auc import auc, count_wins
from blink.evaluation.statistics.bootstrap import draw_people
from blink.evaluation.statistics.sample import Sample


def make_sample(crops: int, people: int, scores: int, seed: int) -> Sample:
    """Crops of some people with so many different scores."""
    random = np.random.default_rng(seed)
    closed, score = random.random(crops) < 0.5, random.integers(scores, size=crops)
    person = random.integers(people, size=crops)
    return Sample(closed, score.astype(np.float32), person, people, person)


@given(st.integers(0, 200), st.integers(1, 6), st.sampled_from([1, 3, 10_000]), st.integers(0, 100))
@settings(max_examples=40)
def test_count_wins_agrees_with_each_pair_compared_when_scores_tie_or_not(
    crops: int, people: int, scores: int, seed: int
) -> None:
    sample = make_sample(crops, people, scores, seed)
    expected = np.zeros((people, people))
    for one in np.flatnonzero(sample.closed):
        for other in np.flatnonzero(~sample.closed):
            more = np.sign(sample.score[one] - sample.score[other])
            expected[sample.person[one], sample.person[other]] += (more + 1) / 2
    np.testing.assert_array_equal(count_wins(sample), expected)


@pytest.mark.parametrize("scores", [2, 50, 1_000_000])
def test_auc_agrees_with_sklearn_on_drawn_people_when_crops_are_many(scores: int) -> None:
    sample = make_sample(5000, 60, scores, seed=scores)
    weights = draw_people(60, 2, 0)[[0, 7, -1]]
    expected = [
        roc_auc_score(sample.closed, sample.score, sample_weight=weight[sample.person])
        for weight in weights
    ]
    np.testing.assert_allclose(auc(sample, weights), expected, rtol=1e-9)
