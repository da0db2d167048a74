import re
from pathlib import Path

import pytest

from blink.cli import main
from blink.contract import ConfigError, DataError
from blink.data.history.versions import record_version
from blink.data.manifest import read_manifest, write_manifest
from blink.data.split import (
    Carried,
    LeakyRows,
    Named,
    Split,
    SplitByPerson,
    describe_rule,
    seal_split,
)
from blink.data.split.ledger import Look
from tests.data.drawing import crowd, data_set, rows
from tests.data.split.sketching import sketch

TEST = {"drawn": Named(["p00", "p05"])}


def test_carried_split_keeps_everybodys_role_when_labels_were_corrected(tmp_path: Path) -> None:
    older = SplitByPerson(TEST, seed=3).make(sketch("drawn", crowd(12)))
    older.write(tmp_path / "older.csv")
    people = crowd(12)
    people["p03"] = [1, 1, 1, 0]
    corrected = sketch("drawn", people)
    newer = Carried(tmp_path / "older.csv").make(corrected)
    assert newer.manifest == corrected.fingerprint != older.manifest
    assert newer.table.equals(older.table)


def test_carried_split_lets_the_new_train_and_the_gone_go(tmp_path: Path) -> None:
    older = SplitByPerson(TEST).make(sketch("drawn", crowd(12)))
    older.write(tmp_path / "older.csv")
    people = {f"p{number:02d}": [0, 1] for number in range(4, 14)} | {None: [1]}
    newer = Carried(tmp_path / "older.csv").make(sketch("drawn", people))
    role_of = dict(zip(newer.table["subject"], newer.table["role"], strict=True))
    was = dict(zip(older.table["subject"], older.table["role"], strict=True))
    assert role_of.keys() == {key or "" for key in people}
    assert role_of["p12"] == role_of["p13"] == role_of[""] == "train"
    assert all(role_of[name] == was[name] for name in role_of.keys() & was.keys())


def test_split_names_the_way_out_when_it_is_of_an_older_version(tmp_path: Path) -> None:
    older = data_set(tmp_path / "older", crowd(12))
    path = tmp_path / "older.csv"
    SplitByPerson(TEST).make(older).write(path)
    newer = data_set(tmp_path / "newer", crowd(13))
    folder = re.escape(f"blink data split {newer.folder} --out NEW.csv --like {path}")
    with pytest.raises(DataError, match=f"of one data set, {folder} lets .* without --like"):
        Split.read(path, newer)
    record_version(newer.folder, newer.fingerprint, "relabel", {}, [older])
    with pytest.raises(DataError, match=f"older version of the data set.* {folder}$"):
        Split.read(path, newer)


def test_split_of_one_part_is_not_carried_to_the_others_when_parts_were_merged(
    tmp_path: Path,
) -> None:
    part = data_set(tmp_path / "part", crowd(12))
    path = tmp_path / "part.csv"
    SplitByPerson(TEST).make(part).write(path)
    whole = write_manifest(tmp_path / "all", [*rows("drawn", crowd(12)), *rows("b", crowd(12))])
    record_version(whole.folder, whole.fingerprint, "merge", {}, [part])
    with pytest.raises(DataError, match="without --like roles are dealt anew"):
        Split.read(path, whole)


def test_describe_rule_names_the_older_split_wherever_it_lies(tmp_path: Path) -> None:
    older = SplitByPerson(TEST).make(sketch("drawn", crowd(12)))
    older.write(tmp_path / "older.csv")
    found = describe_rule(Carried(tmp_path / "older.csv"))
    assert found == {"kind": "Carried", "older": older.fingerprint}


def test_carried_split_is_refused_when_the_older_one_is_leaky(tmp_path: Path) -> None:
    LeakyRows(TEST).make(sketch("drawn", crowd(12))).write(tmp_path / "leaky.csv")
    with pytest.raises(ConfigError, match="it gives roles to crops"):
        Carried(tmp_path / "leaky.csv")


def test_split_counts_looks_on_when_it_is_like_a_sealed_one(tmp_path: Path) -> None:
    older = data_set(tmp_path / "older", crowd(12))
    path = tmp_path / "older.csv"
    SplitByPerson(TEST).make(older).write(path)
    look = Look("2026-01-01", "run", "name", "train", "abc", "drawn", "split", {"net": "hash"})
    assert seal_split(path).record(look) == 1
    data_set(tmp_path / "newer", crowd(13))
    words = ["data", "split", str(tmp_path / "newer"), "--out", str(tmp_path / "newer.csv")]
    assert main([*words, "--like", str(path)]) == 0
    newer = Split.read(tmp_path / "newer.csv", read_manifest(tmp_path / "newer"))
    assert newer.ledgers["drawn"].looks() == [look]
