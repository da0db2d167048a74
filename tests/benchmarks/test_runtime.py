import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.interleaved import compare, in_turn
from benchmarks.runtime import main
from blink.runtime import Bundle

FEW = ["--starts", "2", "--calls", "20", "--batches", "2", "--crops", "70"]


@pytest.mark.parametrize(
    "clock", [pytest.param("time by the clock", marks=pytest.mark.long), "CPU time"]
)
def test_runtime_prints_each_figure_beside_its_aim_when_it_is_done(
    bundle: Bundle, capsys: pytest.CaptureFixture[str], clock: str
) -> None:
    words = [str(bundle.folder), "--precision", "fp32", *FEW]
    assert main([*words, "--cpu-time"] if clock == "CPU time" else words) == 0
    title, _, _, _, *rows = capsys.readouterr().out.splitlines()
    assert title == f"drawn, fp32, one thread, {clock}"
    aims = [row.split(" | ")[4] for row in rows]
    expected = ["–", "×1.5", r"\+15", "×2", "×1.3", "×2", "×1.3"]
    assert len(aims) == len(expected)
    for aim, wanted in zip(aims, expected, strict=True):
        assert re.fullmatch(wanted if wanted == "–" else f"{wanted} (met|missed)", aim)
    assert rows[3].startswith("| 1 grey crop of 64×64 |")
    assert rows[6].startswith("| 70 RGB crops of 64×64 |")


def test_runtime_says_what_is_wrong_when_there_is_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), *FEW]) == 1
    assert "is no bundle" in capsys.readouterr().err


def test_compare_gives_ratio_and_difference_when_both_are_slowed_down_together() -> None:
    mood = np.random.default_rng(0).uniform(1, 3, 400)
    found = compare(10 * mood, 15 * mood)
    assert found.ratio == pytest.approx(1.5)
    assert found.ratio_interval == pytest.approx((1.5, 1.5))
    assert found.difference == pytest.approx(found.ours - found.rival)
    low, high = found.difference_interval
    assert low < found.difference < high
    assert found.rounds == 400


def test_in_turn_asks_all_rivals_each_round_and_drops_the_warm_up() -> None:
    asked = list[str]()

    def rival(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    figures = in_turn(2, [lambda: rival("a"), lambda: rival("b")], warm_up=1)
    assert asked == ["a", "b"] * 3
    assert figures.tolist() == [[3, 4], [5, 6]]
