from pathlib import Path

import pytest

from blink.evaluation.comparison import EntryRules, compare, read_judged
from blink.evaluation.comparison.judged import JudgedTest
from blink.evaluation.comparison.left_out import left_out_of
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant


@pytest.mark.parametrize(
    ("protocol", "what"),
    [
        ("subject-disjoint: 7 of 28 people were never trained on", None),
        ("LEAKY on purpose: crops were shuffled one by one", None),
        ("cross-dataset: 1 person, and nothing of this data set was trained on", "mrl"),
        (
            "Cross-dataset: 9 people on sensor new alone, and nothing of this",
            "mrl, sensor new",
        ),
        (
            "cross-dataset: 5 of 1,211 people on sensor IDS 2.1 alone; net was trained on nothing",
            "mrl, sensor IDS 2.1",
        ),
        ("cross-dataset: 5 of 1,211 people; net was trained on nothing of this", "mrl"),
        (
            "sensor left out: 9 people on sensor RealSense SR300 alone, whose eyes, like that",
            "mrl, sensor RealSense SR300",
        ),
    ],
)
def test_left_out_of_reads_what_was_left_out_when_a_protocol_says_it(
    protocol: str, what: str | None
) -> None:
    assert left_out_of(JudgedTest(name="mrl", protocol=protocol, data="x", rows=())) == what


def test_compare_lists_transfers_when_every_run_left_out_something_else(tmp_path: Path) -> None:
    runs = []
    for number, sensor in enumerate(("new", "old")):
        table = crowd(2, 4, first=100 * number)
        wrong = errors(table, 0, 0)
        rows = [
            Planted("vote", wrong, kind="heuristic", is_main=False, accuracy=0.6),
            Planted("colour", wrong, kind="heuristic", is_main=False, accuracy=None),
            Planted("net", wrong, accuracy=0.9 + number / 100),
        ]
        protocol = f"sensor left out: 2 people on sensor {sensor} alone, whose eyes"
        runs.append(read_judged(plant(tmp_path / sensor, table, rows, protocol=protocol)))

    found = compare(runs, EntryRules())

    assert [(one.left_out, one.run, one.title) for one in found.transfers] == [
        ("drawn, sensor new", "new", "net int8"),
        ("drawn, sensor old", "old", "net int8"),
    ]
    assert [one.accuracy.value for one in found.transfers] == [0.9, 0.91]
    assert all(one.heuristic and one.heuristic.value == 0.6 for one in found.transfers)
    assert found.test_sets == []
    assert len(found.left_out) == 2
