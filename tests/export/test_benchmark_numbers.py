import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.export.measured import graph, interval, measured, script


def lane(answers: list[float], expected: float, tolerance: float = 0.01) -> Any:
    """Something that is called and answers these numbers in turn."""
    left = iter(answers)
    wanted = [[np.array([expected], np.float32)]]
    return script().Lane(lambda: [np.array([next(left)], np.float32)], [()], wanted, tolerance)


def test_in_turn_counts_wrong_answers_when_they_come_while_it_times() -> None:
    one = lane([0.0, 0.5, 0.505, 0.7, math.nan, 0.5], 0.5)
    done = script().in_turn([one], 0.0, 5)
    assert (done, len(one.times)) == (5, 5)  # the first call, 0.0, is not counted
    assert one.wrong == 2
    assert one.largest == math.inf


def test_in_turn_calls_lanes_alternately_when_there_are_two() -> None:
    order: list[str] = []
    answer = np.zeros(2, np.float32)

    def call(name: str) -> list[Any]:
        order.append(name)
        return [answer]

    lanes = [script().Lane(call, [(name,)], [[answer]], 0.0) for name in "AB"]
    script().in_turn(lanes, 0.0, 3)
    assert "".join(order) == "ABABABAB"
    assert [len(one.times) for one in lanes] == [3, 3]


def test_in_turn_counts_no_call_after_comparing_when_it_goes_on() -> None:
    answer = [np.zeros(1, np.float32)]
    calls: list[int] = []

    def call() -> list[Any]:
        calls.append(1)
        return answer

    one = script().Lane(call, [()], [answer], 0.0)
    done = script().in_turn([one], 0.0, 2 * script().UNCHECKED + 1)
    assert done == len(one.times) == 2 * script().UNCHECKED + 1
    assert len(calls) == done + 3


def test_burn_calls_for_as_long_as_it_is_told_and_counts_when_asked() -> None:
    one = lane([0.5] * 1_000_000, 0.5)
    assert script()._burn(one, 0.0) == 0
    assert script()._burn(one, 0.005) > 10


def test_time_calls_measures_all_against_the_empty_graph_when_it_is_one_of_them() -> None:
    empty = script().empty_graph()
    job = {"cores": [], "graphs": [empty, empty], "ways": False, "seed": 0, "calls": 0}
    found = script().time_calls(job | {"seconds": 0.2, "longest": 0.1})
    assert [len(one["times"]) > 100 for one in found["lanes"]] == [True] * 3
    assert found["sizes"].shape == found["yard"].shape == (2, script().BLOCKS)
    assert list(found["sizes"].sum(axis=1)) == [len(one["times"]) for one in found["lanes"][1:]]
    ratio = np.median(found["lanes"][1]["times"]) / 1e3 / np.median(found["yard"])
    assert 0.7 < ratio < 1.4


def test_warm_up_is_steady_when_the_pace_is_and_not_when_it_rises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rounds(paces: Any) -> Any:
        def play(lanes: Any, _seconds: float) -> int:
            lanes[0].times.extend([next(paces)] * 5)
            return 5

        return play

    one = lane([], 0.5)
    monkeypatch.setattr(script(), "in_turn", rounds(iter([9000, 1000, 1001, 1002, 1003])))
    assert script().warm_up([one], 60.0) is True
    assert len(one.times) == 0
    monkeypatch.setattr(script(), "in_turn", rounds(1000 * 2**n for n in range(50)))
    assert script().warm_up([one], 0.0) is False


@pytest.mark.parametrize(
    ("found", "expected", "off"),
    [
        ([np.array([1.0])], [np.array([1.0])], 0.0),
        ([np.array([1.0, 2.5])], [np.array([1.0, 2.0])], 0.5),
        ([np.array([np.nan])], [np.array([np.nan])], 0.0),
        ([np.array([np.nan])], [np.array([1.0])], math.inf),
        ([np.array([np.inf])], [np.array([np.inf])], 0.0),
        ([np.array([np.inf])], [np.array([-np.inf])], math.inf),
        ([np.array([1.0])], [np.array([[1.0]])], math.inf),
        ([], [np.array([1.0])], math.inf),
        ([np.zeros(0)], [np.zeros(0)], 0.0),
    ],
)
def test_difference_is_the_largest_when_answers_can_be_compared(
    found: list[Any], expected: list[Any], off: float
) -> None:
    assert script().difference(found, expected) == off


def test_interval_is_wider_when_processes_differ_than_when_only_blocks_do() -> None:
    rng = np.random.default_rng(0)
    blocks = 4 + 0.1 * rng.standard_normal((6, script().BLOCKS))
    processes = 4 + 0.1 * rng.standard_normal((6, 1)) + np.zeros((6, script().BLOCKS))
    within, between = script().interval(blocks), script().interval(processes)
    assert within["low"] < within["value"] < within["high"]
    assert between["high"] - between["low"] > 2 * (within["high"] - within["low"])
    same = script().interval(np.full((3, script().BLOCKS), 2.0))
    assert same == {"value": 2, "low": 2, "high": 2}


def test_interval_is_students_t_over_logs_when_worked_out_by_hand() -> None:
    found = script().interval(np.array([[1.0, 2.0, 9.0], [8.0, 8.0, 8.0]]))  # medians 2 and 8
    reach = 12.706 * math.log(4) / 2  # s = ln(4) / √2, over √2
    assert found["value"] == pytest.approx(4, abs=1e-4)
    assert found["low"] == pytest.approx(4 * math.exp(-reach), abs=1e-4)
    assert found["high"] == pytest.approx(4 * math.exp(reach), abs=0.1)


@pytest.mark.parametrize("processes", [2, 5, 12, 20])
def test_interval_holds_the_truth_in_95_of_100_cases_when_processes_scatter(
    processes: int,
) -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        moods = rng.normal(0, 0.02, (processes, 1))
        noise = 0.01 * rng.standard_t(3, (processes, script().BLOCKS))
        found = script().interval(4 * np.exp(moods + noise))
        hits += found["low"] <= 4 <= found["high"]
    assert 930 <= hits <= 970  # three standard errors


def test_tail_is_known_when_ten_thousand_calls_were_timed_and_not_below() -> None:
    times = np.tile(np.arange(1, 1001), 11) * 1000
    blocks = [np.array_split(np.random.default_rng(0).permutation(times), script().BLOCKS)]
    found = script().tail(blocks)
    assert found["value"] == pytest.approx(999, abs=1.1)
    assert found["low"] <= found["value"] <= found["high"] <= 1000
    assert script().tail([blocks[0][:15]]) is None
    assert "too few to say where it is" in script().tell_tail(9_999)
    assert script().tell_tail(20_000).startswith("20,000 calls of each graph, or more, leave 20")


def timed(ratio: float, empty_us: float = 2.5, **changes: Any) -> dict[str, Any]:
    """Times of a graph whose ratio is known to 1 %."""
    known = {"value": ratio, "low": 0.99 * ratio, "high": 1.01 * ratio}
    return graph(p50_us=ratio * empty_us, ratio_to_empty_graph=known, **changes)


@pytest.mark.parametrize(
    ("old", "new", "call"),
    [
        (timed(4.0), timed(4.15), "as before"),
        (timed(4.0), timed(4.25), "SLOWER"),
        (timed(4.0), timed(3.75), "faster"),
        (timed(4.0), timed(4.5, 2.1), "UNCLEAR"),
        (timed(4.0), timed(3.0, 4.0), "UNCLEAR"),
        (timed(4.0), timed(4.25, 2.2), "SLOWER"),
    ],
)
def test_compare_calls_a_graph_slower_when_it_is_beyond_the_margin_and_the_machine_is_as_it_was(
    old: dict[str, Any], new: dict[str, Any], call: str
) -> None:
    ((found, line),) = script().compare(measured(new), measured(old), 0.05)
    assert found == call
    assert line.startswith(f"{call:9}  net int8: 4.00 (3.96–4.04) → ")
    assert ("the empty graph took 2.5 µs, now" in line) is (call == "UNCLEAR")


@pytest.mark.parametrize(
    ("before", "now", "call"),
    [
        ((3.20, 1.66, 6.17), (2.96, 2.24, 3.93), "UNCLEAR"),
        ((2.96, 2.24, 3.93), (3.20, 1.66, 6.17), "UNCLEAR"),
        ((4.0, 3.6, 4.4), (4.8, 4.4, 5.2), "UNCLEAR"),
        ((4.0, 3.6, 4.4), (4.8, 4.5, 5.2), "SLOWER"),
        ((4.8, 4.5, 5.2), (4.0, 3.6, 4.4), "faster"),
        ((4.0, 2.0, 8.0), (4.1, 2.0, 8.0), "as before"),
    ],
)
def test_compare_cannot_tell_when_a_change_lies_within_intervals_that_overlap(
    before: tuple[float, ...], now: tuple[float, ...], call: str
) -> None:
    known = [dict(zip(("value", "low", "high"), one, strict=True)) for one in (before, now)]
    old, new = (graph(p50_us=2.5 * k["value"], ratio_to_empty_graph=k) for k in known)
    ((found, line),) = script().compare(measured(new), measured(old), 0.05)
    assert found == call
    assert line.endswith("; the intervals overlap") is (call == "UNCLEAR")


def test_compare_finds_another_export_by_name_and_the_ways_through_it_when_hashes_differ() -> None:
    def through(ratio: float) -> dict[str, Any]:
        return timed(ratio) | {"crop": [64, 64], "ratio_to_session": interval(1.5)}

    old = timed(4.0, end_to_end=[through(5.0)], sha256="cd" * 32)
    new = timed(4.0, end_to_end=[through(8.0)])
    found = script().compare(measured(new), measured(old), 0.05)
    assert [call for call, _ in found] == ["as before", "SLOWER"]
    change = "5.00 (4.95–5.05) → 8.00 (7.92–8.08), +60.0%"
    assert found[1][1] == f"SLOWER     net int8 from a 64×64 crop: {change}"


def counter(folder: Path, name: str, energy: str) -> None:
    folder.mkdir()
    for file, text in (("name", name), ("energy_uj", energy), ("max_energy_range_uj", "999")):
        (folder / file).write_text(text)


def test_count_energy_adds_packages_up_when_a_counter_begins_again_at_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path / "rapl:0", "package-0", "990\n")
    counter(tmp_path / "rapl:0:0", "core", "5\n")
    monkeypatch.setattr(script(), "POWERCAP", tmp_path)
    found, _ = script().counters()
    assert found == {"package-0": str(tmp_path / "rapl:0")}

    def burn(*_: object) -> int:
        path = tmp_path / "rapl:0" / "energy_uj"
        path.write_text(str((int(path.read_text()) + 30) % 1000))
        return 10

    monkeypatch.setattr(script(), "_burn", burn)
    monkeypatch.setattr(script(), "pin", lambda _cores: None)
    job = {"cores": [0], "graphs": [script().empty_graph()], "counters": list(found.values())}
    assert script().count_energy(job)["sums"].tolist() == [[90, 30]]


def test_counters_say_why_not_when_they_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script(), "POWERCAP", tmp_path / "nothing")
    assert "shows no energy counter" in script().counters()[1]
    counter(tmp_path / "rapl:0", "package-0", "locked")
    monkeypatch.setattr(script(), "POWERCAP", tmp_path)
    found, reason = script().counters()
    assert found == {}
    assert "energy_uj cannot be read" in reason
