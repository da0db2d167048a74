import re
from pathlib import Path

import pytest

from blink.cli import main
from blink.contract import ConfigError, DataError
from blink.data.manifest import read_manifest
from blink.data.split import Named, Split, SplitByPerson
from blink.entry import data_by_name
from blink.entry.data_by_name import open_data
from tests.data.drawing import crowd, data_set


def split_of(folder: Path, path: Path, people: int = 6) -> Split:
    manifest = data_set(folder, crowd(people))
    split = SplitByPerson({"drawn": Named(["p05"])}, folds=2).make(manifest)
    split.write(path)
    return split


def test_open_data_finds_the_split_that_was_made_for_a_folder(tmp_path: Path) -> None:
    split = split_of(tmp_path / "set", tmp_path / "set.csv")
    other = split_of(tmp_path / "other", tmp_path / "other.csv", people=7)
    folders = [str(tmp_path / name) for name in ("set", "other")]
    found = open_data(folders, [tmp_path / "other.csv", tmp_path / "set.csv"])
    assert [one.fingerprint for _, one in found] == [split.fingerprint, other.fingerprint]
    assert [manifest.fingerprint for manifest, _ in found] == [split.manifest, other.manifest]


def test_open_data_refuses_when_a_folder_has_no_split_or_two(tmp_path: Path) -> None:
    folder, path = tmp_path / "set", tmp_path / "set.csv"
    split_of(folder, path)
    with pytest.raises(ConfigError, match=r"no split is made for this data set .*blink data split"):
        open_data([str(folder)], [])
    (tmp_path / "again.csv").write_bytes(path.read_bytes())
    with pytest.raises(ConfigError, match="2 of the splits are made for this data set"):
        open_data([str(folder)], [path, tmp_path / "again.csv"])


def test_open_data_carries_the_roles_when_the_split_is_of_an_older_version(tmp_path: Path) -> None:
    older = tmp_path / "set.csv"
    split_of(tmp_path / "set", older)
    crop = read_manifest(tmp_path / "set").table.iloc[0]
    listed = tmp_path / "corrections.csv"
    listed.write_text(f"id,given,suggested\n{crop['id']},{crop['label']},{1 - crop['label']}\n")
    newer, out = tmp_path / "set-2", tmp_path / "set-2.csv"
    words = ["relabel", str(tmp_path / "set"), str(listed), "--out", str(newer)]
    assert main(["data", *words]) == 0
    way_out = f"blink data split {newer} --out SPLIT.csv --like {older} gives everybody the same"
    with pytest.raises(ConfigError, match=re.escape(way_out)):
        open_data([str(newer)], [older])
    assert main(["data", "split", str(newer), "--out", str(out), "--like", str(older)]) == 0
    ((_, found),) = open_data([str(newer)], [out])
    assert found.people("drawn", "test") == ["p05"]


def test_open_data_refuses_when_a_split_belongs_to_nothing(tmp_path: Path) -> None:
    split_of(tmp_path / "set", tmp_path / "set.csv")
    split_of(tmp_path / "other", tmp_path / "other.csv", people=7)
    with pytest.raises(ConfigError, match=r"other\.csv was made for the data set"):
        open_data([str(tmp_path / "set")], [tmp_path / "set.csv", tmp_path / "other.csv"])
    with pytest.raises(DataError, match="there is no such split"):
        open_data([str(tmp_path / "set")], [tmp_path / "gone.csv"])


def test_open_data_composes_a_collection_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = tmp_path / "conf"
    (configs / "data" / "collection").mkdir(parents=True)
    (configs / "train.yaml").write_text(
        "defaults:\n  - _self_\n  - data/collection: null\npaths:\n  cache: X\n"
    )
    (configs / "data" / "collection" / "mine.yaml").write_text(
        "_target_: blink.data.prepared.Prepared\n"
        f"folder: {tmp_path / 'set'}\nsplit: {tmp_path / 'set.csv'}\n"
    )
    monkeypatch.setattr(data_by_name, "CONF", configs)
    split = split_of(tmp_path / "set", tmp_path / "set.csv")
    ((manifest, found),) = open_data(["mine"], [])
    assert (manifest.fingerprint, found.fingerprint) == (split.manifest, split.fingerprint)


def test_open_data_lists_what_there_is_when_a_name_is_unknown() -> None:
    with pytest.raises(ConfigError, match=r"no data 'reel'.*: .*mrl, real, rendered"):
        open_data(["reel"], [])
