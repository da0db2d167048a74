from dataclasses import replace
from pathlib import Path

import pytest

from blink.contract import ConfigError
from blink.data.manifest import Manifest
from blink.evaluation.results import TestSet
from tests.evaluation.drawn import draw_manifest, make_test_set


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return draw_manifest(tmp_path / "data", [1, 0, 1, 0])


def test_test_set_finds_its_main_row_when_there_is_one(manifest: Manifest) -> None:
    test = make_test_set(manifest, [("vote", "heuristic", [0.5] * 4), ("net", "net", [0.5] * 4)])
    assert (test.main.title, test.rows[0].title) == ("net fp32", "vote fp32")
    assert test.main.evaluation is test.main.evaluation


def test_test_set_refuses_when_two_rows_have_one_title(manifest: Manifest) -> None:
    with pytest.raises(ConfigError, match="two rows have the same title"):
        make_test_set(manifest, [("net", "net", [0.5] * 4)] * 2)


@pytest.mark.parametrize(("is_main", "found"), [(False, "none"), (True, "vote fp32")])
def test_test_set_refuses_when_not_exactly_one_row_is_main(
    manifest: Manifest, is_main: bool, found: str
) -> None:
    test = make_test_set(manifest, [("vote", "heuristic", [0.5] * 4), ("net", "net", [0.5] * 4)])
    rows = [replace(row, is_main=is_main) for row in test.rows]
    with pytest.raises(ConfigError, match=f"exactly one row is the main one, not .*{found}"):
        replace(test, rows=rows)


def test_test_set_refuses_when_rows_judge_other_crops(manifest: Manifest) -> None:
    test = make_test_set(manifest, [("vote", "heuristic", [0.5] * 4), ("net", "net", [0.5] * 4)])
    fewer = replace(test.rows[0], table=test.rows[0].table.iloc[:3])
    with pytest.raises(ConfigError, match="vote fp32 and net fp32 were run on other crops"):
        TestSet(test.name, test.protocol, manifest, [fewer, test.main])


def test_statement_is_the_protocol_when_nothing_is_to_be_added(manifest: Manifest) -> None:
    test = make_test_set(manifest, [("net", "net", [0.5] * 4)])
    assert test.statement == test.protocol
    assert replace(test, looks=2).statement.endswith("This test set has been looked at twice.")
