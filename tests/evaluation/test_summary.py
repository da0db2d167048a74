from pathlib import Path

import pytest

from blink.data.manifest import Manifest
from blink.evaluation.summary import write_summary
from blink.latency import Latency
from tests.evaluation.drawn import draw_manifest, make_test_set

GOOD = [0.9, 0.1, 0.8, 0.2, 0.1, 0.3, 0.7, 0.9]
BLIND = [0.5] * 8


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return draw_manifest(tmp_path / "data", [1, 0] * 4, people=2)


def test_write_summary_compares_and_prices_when_all_is_known(manifest: Manifest) -> None:
    test = make_test_set(
        manifest,
        [("blind", "heuristic", BLIND), ("lucky", "heuristic", GOOD[::-1]), ("net", "net", GOOD)],
        latency=Latency(41.26, 101.4, 2.0, "a CPU"),
        size_bytes=59210,
    )
    summary = write_summary(test)
    assert summary.accuracy.value == 0.75
    assert summary.sentences == (
        "Of closed eyes, it finds 75 of 100.",
        "Of open eyes, it takes 25 of 100 for closed.",
        "The best heuristic here, blind fp32, reaches 50.0 %.",
        "It takes 59.2 kB and answers in 41.3 µs (99 of 100 times within 101 µs).",
    )


def test_write_summary_mirrors_the_interval_when_it_speaks_of_false_closures(
    tmp_path: Path,
) -> None:
    manifest = draw_manifest(tmp_path / "data", [1] * 12 + [0] * 24, people=12)
    # Of open eyes, those of one person in four are taken for closed.
    scores = [0.9] * 12 + [0.1, 0.1, 0.1, 0.9] * 6
    test = make_test_set(manifest, [("net", "net", scores)])
    recall = test.main.evaluation.scores["recall_open"]
    assert recall.low is not None
    assert recall.high is not None
    _, false, _ = write_summary(test).sentences
    low, high = (f"{100 * (1 - end):.1f}" for end in (recall.high, recall.low))
    assert 0 < 1 - recall.high < 0.25 < 1 - recall.low < 0.7
    assert false == f"Of open eyes, it takes 25 of 100 for closed ({low} to {high} %)."


def test_write_summary_says_so_when_a_class_and_the_latency_are_missing(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 1], people=1)
    summary = write_summary(
        make_test_set(manifest, [("vote", "heuristic", [0.9, 0.9]), ("net", "net", [0.9, 0.9])])
    )
    assert summary.accuracy.gap == "no open eyes"
    assert summary.sentences == (
        "Of closed eyes, it finds every one.",
        "This test set shows no open eyes.",
        "It takes 3.4 kB; its latency was not measured.",
    )


def test_write_summary_does_not_compare_a_heuristic_with_itself_when_it_is_main(
    manifest: Manifest,
) -> None:
    summary = write_summary(make_test_set(manifest, [("vote", "heuristic", GOOD)]))
    assert not any("best heuristic" in sentence for sentence in summary.sentences)


@pytest.mark.parametrize(
    ("kind", "scores", "caveat"),
    [
        ("net", [0.9] * 48, "It calls every eye closed: it may have learnt nothing, or"),
        ("net", [0.1, 0.2] * 24, "It calls every eye open: it may have learnt nothing, or"),
        ("net", [0.1, 0.1, 0.9, 0.9] * 12, "It may have learnt nothing: its AUC, 0.5"),
        ("net", [0.9, 0.1] * 24, "Of closed eyes"),
        ("heuristic", [0.9] * 48, "Of closed eyes"),
    ],
)
def test_write_summary_says_so_when_a_net_has_learnt_nothing(
    tmp_path: Path, kind: str, scores: list[float], caveat: str
) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0] * 24, people=15)
    first, *_ = write_summary(make_test_set(manifest, [("one", kind, scores)])).sentences
    assert first.startswith(caveat)
