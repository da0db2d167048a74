import json
import re
from pathlib import Path

import pytest

from blink.cli import main
from blink.contract import DataError
from blink.data.audit.audit import open_split
from blink.data.history.corrections import read_corrections
from blink.data.manifest import write_manifest
from blink.data.split import Named, SplitByPerson
from tests.data.drawing import crowd, data_set, rows


def test_audit_ends_with_2_when_a_picture_stands_on_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = rows("drawn", crowd(6))
    drawn[20] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    manifest = write_manifest(tmp_path / "set", drawn)
    split = SplitByPerson({"drawn": Named(["p05"])}, folds=2).make(manifest)
    split.write(tmp_path / "split.csv")

    status = main(["data", "audit", str(manifest.folder), "--split", str(tmp_path / "split.csv")])

    assert status == 2
    assert "FAILURE Pictures across roles" in capsys.readouterr().out
    found = json.loads((manifest.folder / "audit.json").read_text())
    assert found["verdict"] == "failure"
    assert found["fingerprint"] == manifest.fingerprint
    assert found["split"] == split.fingerprint
    assert found["findings"][0]["name"] == "exact-duplicates-across-roles"
    assert found["findings"][1]["name"] == "one-picture-of-two-people"
    assert found["findings"][1]["numbers"]["pairs"] == [["drawn/p00", "drawn/p05", 1]]
    assert "It fails" in (manifest.folder / "audit.html").read_text()


def test_audit_ends_with_0_and_writes_elsewhere_when_asked(tmp_path: Path) -> None:
    drawn = rows("drawn", crowd(3))
    drawn[1] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    manifest = write_manifest(tmp_path / "set", drawn)
    before = sorted(path.name for path in manifest.folder.iterdir())
    out = tmp_path / "out"

    status = main(["data", "audit", str(manifest.folder), "--out", str(out)])

    assert status == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "audit.html",
        "audit.json",
        "corrections.csv",
    ]
    assert [one.action for one in read_corrections(out / "corrections.csv")] == ["drop", "drop"]
    assert sorted(path.name for path in manifest.folder.iterdir()) == before


def test_audit_keeps_the_corrections_when_somebody_has_worked_on_them(tmp_path: Path) -> None:
    drawn = rows("drawn", crowd(3))
    drawn[1] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    folder = write_manifest(tmp_path / "set", drawn).folder
    words = ["data", "audit", str(folder)]
    assert main(words) == main(words) == 0
    assert "opposite labels" in (folder / "DATASET_CARD.md").read_text()
    assert not (folder / "corrections.new.csv").exists()

    path = folder / "corrections.csv"
    mine = "".join(path.read_text().splitlines(keepends=True)[:-1])
    path.write_text(mine)
    assert main(words) == main(words) == 0
    assert path.read_text() == mine
    newer = folder / "corrections.new.csv"
    assert len(read_corrections(newer)) == 2


def test_audit_refuses_when_both_lists_of_corrections_were_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_manifest(tmp_path / "set", rows("drawn", crowd(3))).folder
    lists = [folder / "corrections.csv", folder / "corrections.new.csv"]
    for path in lists:
        assert main(["data", "audit", str(folder)]) == 0
        path.write_text(path.read_text() + "mine,1,0\n")
    mine = [path.read_text() for path in lists]
    monkeypatch.setattr("blink.data.manifest.read_manifest", None)  # minutes of work, not begun

    assert main(["data", "audit", str(folder)]) == 1

    assert "were both edited" in capsys.readouterr().err
    assert [path.read_text() for path in lists] == mine


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--limit", "nonsense=1"], "There is no limit 'nonsense=1'"),
        (["--limit", "near_share=many"], "near_share must be a number"),
        (["--limit", "hash_bits=8.5"], "hash_bits must be a whole number, not '8.5'"),
        (["--limit", "near_share=nan"], "near_share must be a finite number, not nan"),
        (["--limit", "label_auc=inf"], "label_auc must be a finite number, not inf"),
        (["--out", "FILE/under"], "cannot be written to"),
        ([], "is no data set"),
    ],
)
def test_audit_ends_with_1_when_it_cannot_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    words = [word.replace("FILE", str(tmp_path / "file")) for word in words]
    assert main(["data", "audit", str(tmp_path), *words]) == 1
    assert message in capsys.readouterr().err


def test_audit_says_its_limits_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "audit", "--limits"]) == 0
    assert "near_share=0.01" in capsys.readouterr().out


def test_audit_takes_part_of_a_grey_level_when_the_range_is_limited(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", crowd(3)).folder
    assert main(["data", "audit", str(folder), "--limit", "range=7.5"]) == 0
    assert json.loads((folder / "audit.json").read_text())["limits"]["range"] == 7.5


@pytest.mark.parametrize(
    ("line", "instead", "fault"),
    [
        ("drawn,p02,", "", "drawn/p02 has no role"),
        ("drawn,p02,", "drawn,p02,trian,\n", "unknown roles trian; there are"),
    ],
)
def test_audit_ends_with_1_when_the_split_lacks_a_person_or_has_a_strange_role(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, instead: str, fault: str
) -> None:
    manifest = data_set(tmp_path / "set", crowd(6))
    split = tmp_path / "split.csv"
    SplitByPerson({"drawn": Named(["p05"])}, folds=2).make(manifest).write(split)
    lines = split.read_text().splitlines(keepends=True)
    split.write_text("".join(instead if row.startswith(line) else row for row in lines))
    with pytest.raises(DataError, match=re.escape(fault)):
        open_split(split, manifest)
    assert main(["data", "audit", str(manifest.folder), "--split", str(split)]) == 1
    assert fault in capsys.readouterr().err
    assert not (manifest.folder / "audit.json").exists()
