from pathlib import Path

import numpy as np
import pytest

from blink.evaluation.comparison import EntryRules, compare
from blink.evaluation.comparison.comparing import TestSetComparison
from blink.evaluation.comparison.judged import read_judged
from blink.evaluation.comparison.paired import choose_compared
from blink.evaluation.comparison.results import Pair
from tests.evaluation.comparison.planted import (
    Planted,
    Wrong,
    crowd,
    errors,
    plant,
    two_runs,
)

TABLE = crowd()
PERSON = TABLE["subject"].str[1:].astype(int).to_numpy()
BASE = errors(TABLE, 0.08, 0)


def fought(folder: Path, first: Wrong, second: Wrong) -> TestSetComparison:
    (test,) = compare(two_runs(folder, first, second, TABLE), EntryRules()).test_sets
    return test


def met(test: TestSetComparison) -> Pair:
    return test.pairs.of("new int8", "old int8")


def test_compare_pairs_calls_it_better_when_three_points_are_planted(tmp_path: Path) -> None:
    mended = BASE & ~errors(TABLE, 3 / 8, 1)  # three of the eight points of error are gone

    pair = met(fought(tmp_path, BASE, mended))

    assert pair.gain.call == "better"
    assert pair.gain.difference.value == pytest.approx(0.03, abs=0.008)
    assert pair.gain.difference.low is not None
    assert pair.gain.difference.low > 0
    assert pair.turned().gain.call == "worse"


def test_compare_pairs_calls_it_noise_when_both_err_alike_but_on_other_crops(
    tmp_path: Path,
) -> None:
    pair = met(fought(tmp_path, BASE, errors(TABLE, 0.08, 2)))

    assert pair.gain.call == "noise"
    assert pair.gain.difference.low is not None
    assert pair.gain.difference.high is not None
    assert pair.gain.difference.low < 0 < pair.gain.difference.high


def test_compare_pairs_calls_it_noise_when_the_gain_is_one_persons_alone(tmp_path: Path) -> None:
    spoilt = BASE | ((PERSON == 3) & (TABLE["label"] == 1).to_numpy(bool))

    pair = met(fought(tmp_path, spoilt, BASE))

    assert pair.mcnemar is not None
    assert pair.mcnemar.p_crops < 0.001  # each crop for itself: as sure as can be
    assert pair.gain.call in ("noise", "too few people to say")
    assert pair.mcnemar.p is None or pair.mcnemar.p > 0.05


def test_compare_pairs_counts_who_alone_is_wrong_when_they_differ(tmp_path: Path) -> None:
    other = errors(TABLE, 0.08, 2)

    pair = met(fought(tmp_path, BASE, other))

    assert pair.first_wrong == int((other & ~BASE).sum())
    assert pair.second_wrong == int((BASE & ~other).sum())
    assert pair.both_wrong == int((BASE & other).sum())
    assert pair.mcnemar is not None
    assert (pair.mcnemar.only_a, pair.mcnemar.only_b) == (pair.second_wrong, pair.first_wrong)


def test_compare_pairs_says_the_same_when_no_call_differs(tmp_path: Path) -> None:
    pair = met(fought(tmp_path, BASE, BASE))

    assert pair.gain.call == "the same answers"
    assert pair.gain.difference.value == 0


def test_compare_pairs_says_too_few_when_there_are_four_people(tmp_path: Path) -> None:
    table = crowd(people=4)
    runs = two_runs(tmp_path, errors(table, 0.3, 0), errors(table, 0.02, 1), table)

    (test,) = compare(runs, EntryRules()).test_sets

    assert met(test).gain.call == "too few people to say"
    assert met(test).gain.p is None
    assert test.pairs.looks == 0


def test_compare_pairs_has_no_number_when_a_class_is_missing(tmp_path: Path) -> None:
    table = crowd(12, 6).assign(label=1)
    runs = two_runs(tmp_path, errors(table, 0.3, 0), errors(table, 0.1, 1), table)

    (test,) = compare(runs, EntryRules()).test_sets

    assert test.best is None
    assert met(test).gain.difference.value is None
    assert met(test).gain.difference.gap == "no open eyes"


def test_compare_pairs_asks_for_more_when_many_pairs_are_looked_at(tmp_path: Path) -> None:
    runs = [
        read_judged(plant(tmp_path / f"r{seed}", TABLE, [Planted("net", wrong)]))
        for seed in range(12)
        for wrong in [errors(TABLE, 0.08, seed)]
    ]

    (test,) = compare(runs, EntryRules()).test_sets

    assert test.pairs.looks == len(test.pairs.all) == 66
    ends = [(pair.gain.difference.low, pair.gain.difference.high) for pair in test.pairs.all]
    assert any(low * high > 0 for low, high in ends if low and high)  # by chance, without zero
    assert {pair.gain.call for pair in test.pairs.all} == {"noise"}


def test_choose_compared_takes_leads_and_the_best_heuristic_when_rows_are_many(
    tmp_path: Path,
) -> None:
    rows = [
        Planted("weak", errors(TABLE, 0.4, 5), kind="heuristic", is_main=False),
        Planted("strong", errors(TABLE, 0.2, 6), kind="heuristic", is_main=False),
        Planted("net", BASE, precision="fp32", is_main=False),
    ]
    runs = [
        read_judged(plant(tmp_path / name, TABLE, [*rows, Planted("net", wrong)]))
        for seed, name in enumerate(("old", "new"))
        for wrong in [errors(TABLE, 0.1, seed)]
    ]

    (test,) = compare(runs, EntryRules()).test_sets
    assert [one.title for one in test.compared] == [
        "net int8 (old)",
        "net int8 (new)",
        "strong int8",
    ]
    assert choose_compared(test.compared[:1]) == test.compared[:1]

    (test,) = compare(runs, EntryRules(all_rows=True)).test_sets
    assert len(test.compared) == 8


@pytest.mark.parametrize("seeds", [2, 3])
def test_compare_pairs_averages_seeds_when_asked_to(tmp_path: Path, seeds: int) -> None:
    runs = []
    for name, share in (("old", 0.2), ("new", 0.05)):
        for seed in range(seeds):
            wrong = errors(TABLE, share, 10 * seed + len(name) + int(100 * share))
            facts = {"seed": str(seed), "config": f"name: {name}\nseed: {seed}\n"}
            rows = [Planted("net", wrong)]
            runs.append(read_judged(plant(tmp_path / f"{name}-{seed}", TABLE, rows, facts=facts)))

    (test,) = compare(runs, EntryRules(average_seeds=True)).test_sets

    old, new = test.compared
    assert [one.model.seeds for one in (old, new)] == [seeds, seeds]
    (alone,) = compare(runs, EntryRules()).test_sets
    parts = [one.accuracy.value or 0.0 for one in alone.compared[:seeds]]
    assert old.accuracy.value == pytest.approx(np.mean(parts))
    pair = test.pairs.of(new.title, old.title)
    assert pair.gain.call == "better"
    assert pair.mcnemar is None
