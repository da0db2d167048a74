from pathlib import Path

import numpy as np
import pytest

from blink.evaluation.suspicion import suspicions
from tests.evaluation.drawn import draw_manifest, make_test_set

LABELS = [0, 1] * 40
GOOD = [0.9 if label else 0.1 for label in LABELS]


@pytest.mark.parametrize(
    ("people", "apart"),
    [(4, 0.4), (40, 0.4), (40, 0.05)],  # no interval, one far below 0.5, one that ends at 0.45
)
@pytest.mark.parametrize(
    ("kind", "advice"),
    [("foreign", "may be swapped in its adapter, see `output.says`"), ("net", "may be swapped.")],
)
def test_suspicions_says_swapped_when_eyes_are_told_apart_the_wrong_way_round(
    tmp_path: Path, people: int, apart: float, kind: str, advice: str
) -> None:
    manifest = draw_manifest(tmp_path / "data", LABELS, people=people)
    noise = np.random.default_rng(1).normal(0, 0.2, len(LABELS))
    turned = np.clip(0.5 + apart * (1 - 2 * np.array(LABELS)) + noise, 0, 1).tolist()
    test = make_test_set(manifest, [("peer", kind, turned), ("ours", "net", GOOD)])
    (doubt,) = suspicions([test])
    assert doubt.startswith("peer fp32 tells the eyes of Drawn people apart, but the wrong way")
    assert advice in doubt


def test_suspicions_is_silent_when_an_intelligence_is_merely_bad(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", LABELS, people=40)
    guesses = np.random.default_rng(0).uniform(0, 1, len(LABELS)).tolist()
    test = make_test_set(manifest, [("guess", "foreign", guesses), ("ours", "net", GOOD)])
    assert suspicions([test]) == []


@pytest.mark.parametrize("says", ["closed", "open"])
def test_suspicions_says_sigmoid_twice_when_a_peer_never_leaves_its_range(
    tmp_path: Path, says: str
) -> None:
    manifest = draw_manifest(tmp_path / "data", LABELS, people=40)
    twice = 1 / (1 + np.exp(-np.array(GOOD)))
    scores = twice if says == "closed" else 1 - 1 / (1 + np.exp(-(1 - np.array(GOOD))))
    test = make_test_set(manifest, [("peer", "foreign", scores.tolist()), ("ours", "net", GOOD)])
    (doubt,) = suspicions([test])
    assert "Try `activation: none`" in doubt
    ours = make_test_set(manifest, [("peer", "heuristic", scores.tolist()), ("ours", "net", GOOD)])
    assert suspicions([ours]) == []
