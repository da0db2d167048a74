import json
import re
from pathlib import Path

from blink.evaluation.comparison import EntryRules, compare, read_judged
from blink.evaluation.comparison.comparing import TestSetComparison
from blink.evaluation.comparison.trade_off import draw_trade_off, trade_latency, trade_size
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

TABLE = crowd(12, 10)


def row(name: str, share: float, size: int, time: float | None, cpu: str = "a CPU") -> Planted:
    wrong = errors(TABLE, share, int(1000 * share))
    is_main = name == "good"
    return Planted(name, wrong, is_main=is_main, size_bytes=size, p50_us=time, cpu=cpu)


def fought(folder: Path, *rows: Planted) -> TestSetComparison:
    (test,) = compare([read_judged(plant(folder, TABLE, rows))], EntryRules()).test_sets
    return test


def test_trade_size_draws_the_front_when_one_is_worse_and_dearer(tmp_path: Path) -> None:
    rows = [row("good", 0.05, 9000, 9), row("poor", 0.2, 9500, 8), row("small", 0.1, 2000, 3)]

    trade = trade_size(fought(tmp_path, *rows).standings)

    assert trade.front == ("small int8", "good int8")
    assert sorted(price for _, price in trade.points) == [2.0, 9.0, 9.5]


def test_trade_latency_leaves_out_and_says_so_when_cpus_differ(tmp_path: Path) -> None:
    rows = [
        row("good", 0.05, 9000, 9),
        row("poor", 0.2, 9500, 8),
        row("far", 0.1, 2000, 3, "a Pi"),
        row("untimed", 0.1, 2000, None),
    ]

    trade = trade_latency(fought(tmp_path, *rows).standings)

    assert {one.title for one, _ in trade.points} == {"good int8", "poor int8"}
    assert trade.cost == "median latency, µs, on a CPU"
    assert "Not drawn, since measured on another CPU (a Pi): far int8." in trade.remark
    assert "Not drawn, since never measured: untimed int8." in trade.remark
    assert trade.remark in str(draw_trade_off(trade, "good int8")).replace("&#39;", "'")


def test_trade_latency_has_no_points_when_nothing_was_measured(tmp_path: Path) -> None:
    trade = trade_latency(fought(tmp_path, row("good", 0.05, 1, None)).standings)

    assert (trade.points, trade.front) == ((), ())
    assert trade.remark == "No latency was measured."


def test_trade_size_leaves_out_when_a_class_is_missing(tmp_path: Path) -> None:
    blind = plant(tmp_path, TABLE.assign(label=1), [row("good", 0.05, 1, 1)])
    (test,) = compare([read_judged(blind)], EntryRules()).test_sets

    assert trade_size(test.standings).points == []


def test_draw_trade_off_labels_front_and_baseline_alone_when_points_are_many(
    tmp_path: Path,
) -> None:
    rows = [row("good", 0.05, 9000, 9), row("small", 0.1, 2000, 3)]
    rows += [row(f"n{number}", 0.2 + number / 100, 9999, 9) for number in range(12)]
    test = fought(tmp_path, *rows)

    drawn = str(draw_trade_off(trade_size(test.standings), test.baseline.title))

    found = re.search(r'<script type="application/json">(.*?)</script>', drawn, re.DOTALL)
    assert found is not None
    (values,) = json.loads(found[1])["datasets"].values()
    assert {value["label"] for value in values} == {"good int8", "small int8", ""}
    assert len(values) == 14
