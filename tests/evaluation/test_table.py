from pathlib import Path

import pytest

from blink.evaluation.results import Latency, Report
from blink.evaluation.table import closing_table, table_records
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set

LATENCY = Latency(41.26, 1234.4, 2.0, "a CPU")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4)
    one = draw_manifest(tmp_path / "one", [1, 1], people=1)
    scores = [0.9, 0.8, 0.7, 0.6] * 2 + [0.1, 0.2, 0.3, 0.4] * 2
    return make_report(
        make_test_set(
            people,
            [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)],
            latency=LATENCY,
        ),
        make_test_set(one, [("net", "net", [0.9, 0.2])]),
    )


def test_closing_table_shows_every_row_and_who_is_behind_it(report: Report) -> None:
    lines = closing_table(report).splitlines()
    header, rule, vote, net, single, blank, *behind = lines
    assert len({len(line) for line in (header, rule, vote, net, single)}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (vote, net, single)]
    assert cells[0] == [
        *("Drawn people", "vote fp32", "0.500 [0.500, 0.500]"),
        *("0.667", "0.500", "1.000", "0.000", "0.400", "3.4", "41.3", "1,234"),
    ]
    assert cells[1][:3] == ["Drawn people", "**net fp32**", "1.000 [1.000, 1.000]"]
    assert cells[2] == [
        *("Drawn people", "**net fp32**", "–", "–", "–", "0.500", "–", "0.450", "3.4", "–", "–")
    ]
    assert blank == ""
    protocol = "Subject-disjoint: people who were drawn for this test."
    assert behind == [
        f"Drawn people: 16 crops of 4 people. {protocol}",
        f"Drawn people: 2 crops of 1 person. {protocol}",
    ]


def test_table_records_hold_plain_values_when_a_logger_asks(report: Report) -> None:
    vote, net, single = table_records(report)
    assert list(vote) == list(net) == list(single)
    assert (net["test_set"], net["name"], net["precision"], net["is_main"]) == (
        *("Drawn people", "net", "fp32", True),
    )
    assert (vote["n"], vote["people"], vote["size_bytes"], vote["p99_us"]) == (16, 4, 3400, 1234.4)
    assert (vote["balanced_accuracy"], vote["recall_open"]) == (0.5, 0.0)
    assert (single["auc"], single["recall_closed"], single["p50_us"]) == (None, 0.5, None)
    plain = (str, int, float, bool, type(None))
    assert all(isinstance(value, plain) for value in net.values())
