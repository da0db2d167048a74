from pathlib import Path

import pytest

from blink.evaluation.comparison import EntryRules, compare, read_judged, tell_verdict
from blink.evaluation.comparison.results import Call, Gain, Pair
from blink.evaluation.comparison.words import tell_headline, tell_pair, tell_points
from blink.evaluation.statistics import Estimate
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant, two_runs

TABLE = crowd()


def pair(difference: Estimate, p: float | None, call: Call) -> Pair:
    return Pair("A", "B", Gain(difference, p, call), None, 1, 2, 3)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            pair(Estimate(0.003, -0.005, 0.011), 0.6, "noise"),
            "A is 0.3 points better than B: noise (95 % −0.5 to +1.1).",
        ),
        (
            pair(Estimate(-0.003, -0.005, -0.001), 0.2, "noise"),
            "A is 0.3 points worse than B: noise, as so many pairs were looked at, p 0.200 "
            "(95 % −0.5 to −0.1).",
        ),
        (
            pair(Estimate(0.031, 0.02, 0.042), 0.0001, "better"),
            "A is 3.1 points better than B: more than noise (95 % +2.0 to +4.2, p <0.001).",
        ),
        (
            pair(Estimate(0.01, gap="too few people: 7"), None, "too few people to say"),
            "A is 1.0 points better than B, and nobody can say whether that is noise (too few "
            "people: 7).",
        ),
        (
            pair(Estimate(None, gap="no open eyes"), None, "too few people to say"),
            "A and B cannot be compared: no open eyes.",
        ),
        (
            pair(Estimate(0.0), None, "the same answers"),
            "A and B make the same calls on every crop.",
        ),
    ],
)
def test_tell_pair_says_what_it_is_worth_when_a_difference_was_found(
    found: Pair, told: str
) -> None:
    assert tell_pair(found) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "as good as"),
        (0.0004, "less than 0.1 points better than"),
        (-0.0004, "less than 0.1 points worse than"),
        (-0.1234, "12.3 points worse than"),
    ],
)
def test_tell_points_never_rounds_a_difference_away_when_it_is_small(
    value: float, told: str
) -> None:
    assert tell_points(value) == told


def test_tell_verdict_names_the_best_and_its_price_when_it_beats_the_baseline(
    tmp_path: Path,
) -> None:
    base = errors(TABLE, 0.2, 0)
    vote = Planted("vote", errors(TABLE, 0.4, 3), kind="heuristic", is_main=False)
    old = Planted("old", base, size_bytes=2500, p50_us=12.5)
    new = Planted("new", errors(TABLE, 0.05, 1), size_bytes=9100, p50_us=1234.5)
    runs = [
        read_judged(plant(tmp_path / "a", TABLE, [vote, old])),
        read_judged(plant(tmp_path / "b", TABLE, [new])),
    ]

    (test,) = compare(runs, EntryRules()).test_sets
    best, gain, price, heuristic = tell_verdict(test)

    assert tell_headline(test) == "new int8 is better than the baseline"
    assert best.startswith("new int8 has the highest balanced accuracy: 9")
    assert gain.startswith("new int8 is 1")
    assert ": more than noise (95 % +" in gain
    assert price == "new int8 takes 9.1 kB and 1,234 µs; old int8 2.5 kB and 12.5 µs."
    assert heuristic.startswith("Against the best heuristic: new int8 is 3")


def test_tell_verdict_warns_when_latencies_are_of_different_cpus(tmp_path: Path) -> None:
    right = errors(TABLE, 0.1, 0)
    runs = [
        read_judged(plant(tmp_path / name, TABLE, [Planted(name, right, cpu=f"CPU {name}")]))
        for name in ("a", "b")
    ]

    (test,) = compare(runs, EntryRules()).test_sets

    assert tell_verdict(test)[2].endswith(
        "were measured on different CPUs and say nothing together."
    )


@pytest.mark.parametrize(
    ("shares", "headline"),
    [
        ((0.05, 0.2), "The baseline, old int8, is the best"),
        ((0.08, 0.081), "No difference to the baseline that is more than noise"),
        ((0.0, 0.0), "The same calls on every crop"),
    ],
)
def test_tell_headline_says_who_is_best_when_two_met(
    tmp_path: Path, shares: tuple[float, float], headline: str
) -> None:
    first, second = (errors(TABLE, share, seed) for seed, share in enumerate(shares))

    (test,) = compare(two_runs(tmp_path, first, second, TABLE), EntryRules()).test_sets

    assert tell_headline(test) == headline


def test_tell_verdict_has_nothing_to_say_when_a_class_is_missing(tmp_path: Path) -> None:
    table = crowd(12, 4).assign(label=0)
    runs = two_runs(tmp_path, errors(table, 0.1, 0), errors(table, 0.1, 1), table)

    (test,) = compare(runs, EntryRules()).test_sets

    assert tell_headline(test) == "Nothing to decide"
    assert tell_verdict(test) == ["Nobody has a balanced accuracy here: no closed eyes."]
