import re

import pytest

from benchmarks.coverage import ACCURACY, MISTAKES, PAIRED, find_truth, main
from benchmarks.simulated_people import BETTER, spread


def test_coverage_prints_a_table_for_each_law_when_it_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--laws", "spread", "--people", "5", "12", "--repeats", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "| spread: coverage in %, people | 5 | 12 |" in lines
    rows = [line for line in lines if line.startswith(f"| {ACCURACY} |")]
    assert len(rows) == 1
    assert re.fullmatch(r"\| Balanced accuracy \| \d+\.\d \| \d+\.\d \|", rows[0])


def test_truth_follows_from_the_mean_rate_when_mistakes_are_dealt_by_a_law() -> None:
    found = find_truth(spread)
    mean = 0.4 / 6.4
    assert found[MISTAKES] == pytest.approx(mean, rel=0.01)
    assert found[ACCURACY] == pytest.approx(1 - mean, rel=0.001)
    assert found[PAIRED] == pytest.approx(-(1 - BETTER) * mean, rel=0.01)
