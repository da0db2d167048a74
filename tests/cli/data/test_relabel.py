import json
from pathlib import Path

import pytest

from blink.cli import main
from blink.data.history.card import CARD
from blink.data.history.versions import lineage_of
from blink.data.manifest import read_manifest
from tests.data.drawing import crowd, data_set


def test_relabel_makes_a_version_when_the_list_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    ids = old.table["id"]
    listed = tmp_path / "list.csv"
    listed.write_text(f"id,given,suggested,action\n{ids[0]},0,1,\n{ids[1]},1,,drop\n")
    words = ["data", "relabel", str(old.folder), str(listed), "--out", str(tmp_path / "new")]

    assert main(words) == 0

    new = read_manifest(tmp_path / "new")
    assert "Relabelled 1 and dropped 1 of 8 crops" in capsys.readouterr().out
    assert new.table["label"].tolist() == [1, 0, 1, 0, 1, 0, 1]
    assert lineage_of(new).head.operation == "relabel"
    assert lineage_of(new).head.parents == (lineage_of(old).head.id,)
    outcome = json.loads((new.folder / "relabel.json").read_text())
    assert "--drop" not in (new.folder / CARD).read_text()
    assert (outcome["relabelled"], outcome["dropped"], outcome["crops"]) == (1, 1, 7)
    assert main(words) == 0
    assert "is there already" in capsys.readouterr().out


def test_relabel_drops_all_when_told_to(tmp_path: Path) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    listed = tmp_path / "list.csv"
    listed.write_text(f"id,given,suggested\n{old.table['id'][3]},1,0\n")
    new = tmp_path / "new"
    assert main(["data", "relabel", str(old.folder), str(listed), "--out", str(new), "--drop"]) == 0
    assert read_manifest(new).table["id"].tolist() == old.table["id"].drop(3).tolist()
    (line,) = [x for x in (new / CARD).read_text().splitlines() if "blink data relabel" in x]
    parent, made = lineage_of(old).head.id, lineage_of(new).head.id
    assert line.strip() == f"blink data relabel {parent} CORRECTIONS --drop --out {made}"


def test_relabel_counts_lines_apart_when_they_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    ids = old.table["id"]
    listed = tmp_path / "list.csv"
    listed.write_text(f"id,given,suggested\n{ids[0]},0,1\n{ids[1]},1,1\n{ids[2]},0,0\n")
    new = tmp_path / "new"

    assert main(["data", "relabel", str(old.folder), str(listed), "--out", str(new)]) == 0

    said = capsys.readouterr().out
    assert "Relabelled 1 and dropped 0 of 8 crops" in said
    assert "2 people; version" in said
    assert "2 lines that would keep the given label" in said
    changed = read_manifest(new).table["label_source"] == "corrected"
    assert read_manifest(new).table["id"][changed].tolist() == [ids[0]]


@pytest.mark.parametrize("line", ["", "ID,0,0\n"])
def test_relabel_refuses_when_the_list_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    listed = tmp_path / "list.csv"
    listed.write_text("id,given,suggested\n" + line.replace("ID", old.table["id"][0]))
    new = tmp_path / "new"
    assert main(["data", "relabel", str(old.folder), str(listed), "--out", str(new)]) == 1
    assert "changes nothing" in capsys.readouterr().err
    assert not new.exists()


def test_relabel_refuses_when_something_else_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = data_set(tmp_path / "old", crowd(2))
    listed = tmp_path / "list.csv"
    listed.write_text(f"id,given,suggested\n{old.table['id'][3]},1,0\n")
    other = data_set(tmp_path / "other", crowd(3))
    words = ["data", "relabel", str(old.folder), str(listed), "--out", str(other.folder)]
    assert main(words) == 1
    assert "Nothing is overwritten" in capsys.readouterr().err
    assert read_manifest(other.folder).fingerprint == other.fingerprint
