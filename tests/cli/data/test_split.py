import json
import re
from pathlib import Path

import pytest

from blink.cli import main
from blink.contract import StorageError
from blink.data.manifest import read_manifest, write_manifest
from blink.data.split import Split, ledger_path
from tests.data.drawing import crowd, data_set, rows
from tests.data.split.sketching import blanks, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return data_set(tmp_path / "set", crowd(10)).folder


def test_split_writes_table_and_json_when_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "split.csv"
    names = tmp_path / "names.txt"
    names.write_text("p03\n\ndrawn/p07\n")
    assert main(["data", "split", str(folder), "--out", str(out), "--test-file", str(names)]) == 0
    split = Split.read(out, read_manifest(folder))
    assert split.people("drawn", "test") == ["p03", "p07"]
    said = json.loads(out.with_suffix(".json").read_text())
    assert said["fingerprint"] == split.fingerprint
    assert said["roles"]["test"] == {"crops": 8, "people": 2, "unknown": 0, "closed": 0.5}
    assert said["rule"]["test"] == {"drawn": {"kind": "Named", "subjects": ["p03", "p07"]}}
    assert said["version"][0]["operation"] == "split"
    assert said["version"][0]["options"] == {"rule": said["rule"]}
    shown = capsys.readouterr().out
    assert "Tested of drawn: 2 people: p03, p07." in shown
    assert main(["data", "split", str(folder), "--out", str(out)]) == 1
    assert "Nothing is overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "warned"), [([], True), (["--leaky"], False)])
def test_split_warns_when_a_picture_lies_in_two_roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], warned: bool
) -> None:
    drawn = rows("drawn", crowd(10))
    for copy in (4, 38):  # of the first person's picture, under the second and the last
        drawn[copy] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    folder, out = write_manifest(tmp_path / "set", drawn).folder, tmp_path / "split.csv"
    words = ["data", "split", str(folder), "--out", str(out), "--test", "p09"]
    assert main([*words, *options]) == 0
    said = capsys.readouterr().err
    asked = f"WARNING: this split has 1 picture in two roles.* audit {folder} --split {out}"
    assert bool(re.search(asked, said)) is warned
    if warned:
        assert json.loads(out.with_suffix(".json").read_text())["pictures_in_two_roles"] == 1


def test_split_says_nothing_of_copies_when_a_person_holds_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = rows("drawn", crowd(10))
    drawn[2] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    folder, out = write_manifest(tmp_path / "set", drawn).folder, tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(out)]) == 0
    assert "WARNING" not in capsys.readouterr().err
    assert json.loads(out.with_suffix(".json").read_text())["pictures_in_two_roles"] == 0


@pytest.mark.parametrize(
    ("options", "warned"),
    [(["--test", "p09"], True), (["--test", "p09", "--test", "P-09"], False), (["--leaky"], False)],
)
def test_split_warns_when_people_in_two_roles_are_named_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], warned: bool
) -> None:
    folder, out = (
        data_set(tmp_path / "set", crowd(10) | {"P-09": [0, 1]}).folder,
        tmp_path / "s.csv",
    )
    assert main(["data", "split", str(folder), "--out", str(out), *options]) == 0
    asked = "in two roles who are named alike: 'drawn/P-09' and 'drawn/p09'. If"
    assert (asked in capsys.readouterr().err) is warned
    alike = json.loads(out.with_suffix(".json").read_text())["people_alike_in_two_roles"]
    assert alike == ([["drawn/P-09", "drawn/p09"]] if warned else [])


@pytest.mark.parametrize(
    ("option", "name"),
    [("--leave-data-set-out", "faces, wild"), ("--leave-sensor-out", "D435, left")],
)
def test_split_leaves_out_who_is_named_when_the_name_has_a_comma(
    tmp_path: Path, option: str, name: str
) -> None:
    people = {f"p{number}, x": [0, 1] for number in range(9)}
    rows = blanks("faces, wild", people, sensor="D435, left") + blanks("b", people, sensor="IDS")
    manifest = write(rows)
    out = tmp_path / "split.csv"
    assert main(["data", "split", str(manifest.folder), "--out", str(out), option, name]) == 0
    split = Split.read(out, manifest)
    assert split.people("faces, wild", "test") == sorted(people)
    assert split.people("b", "test") == []


def test_seal_counts_from_now_on_when_a_split_is_sealed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(out), "--test-share", "0.3"]) == 0
    capsys.readouterr()
    assert main(["data", "seal", str(out)]) == 0
    (said,) = (
        capsys.readouterr().out.splitlines()
    )  # of two files of like names, the one that counts
    assert said.endswith("split.ledger.jsonl.")
    assert out.with_suffix(".ledger.json").is_file()
    assert list(Split.read(out, read_manifest(folder)).ledgers) == ["drawn"]


def test_split_is_leaky_when_it_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(out), "--leaky"]) == 0
    assert "LEAKY" in capsys.readouterr().out
    assert Split.read(out, read_manifest(folder)).is_leaky


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--leaky", "--leave-sensor-out", "x"], "contradict each other"),
        (["--test", "p01", "--test-hash", "5"], "--test-hash, --test contradict each other"),
        (["--leave-data-set-out", "drawn"], "Merge data sets first"),
        (["--test", "p99"], "p99 is nobody here. The data sets are drawn."),
        (["--leave-sensor-out", "IDS"], "known. No crop says which sensor took it."),
        (["--test-file", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--balance", "shoes"], "Cannot balance shoes; the attributes are side, "),
    ],
)
def test_split_says_what_is_wrong_when_options_make_no_sense(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    fault: str,
) -> None:
    out = tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(out), *options]) == 1
    assert fault in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("there", ["split.csv", "split.json", "split.ledger.jsonl"])
def test_split_overwrites_nothing_when_a_file_of_its_name_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    (tmp_path / there).write_text("mine")
    words = ["data", "split", str(tmp_path / "no set"), "--out", str(tmp_path / "split.csv")]
    assert main(words) == 1
    assert f"{there} is there already. Nothing is overwritten" in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


@pytest.mark.parametrize("name", ["split", "split.json", "split.CSV.txt"])
def test_split_is_refused_when_its_name_is_no_table(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["data", "split", str(folder), "--out", str(tmp_path / name)]) == 1
    assert "let its name end with .csv" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize(
    ("options", "fault"),
    [(["--test-share", "0"], "no test people"), (["--leaky"], "is leaky")],
)
def test_split_leaves_nothing_when_it_cannot_be_sealed(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    fault: str,
) -> None:
    out = tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(out), "--seal", *options]) == 1
    assert fault in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("options", [[], ["--seal"]])
def test_split_says_whether_it_is_sealed_when_it_is_written(
    folder: Path, tmp_path: Path, options: list[str]
) -> None:
    out = tmp_path / "split.csv"
    words = ["data", "split", str(folder), "--out", str(out), "--test-share", "0.3", *options]
    assert main(words) == 0
    assert json.loads(out.with_suffix(".json").read_text())["sealed"] is bool(options)
    assert ledger_path(out).exists() is bool(options)


def test_split_is_never_there_without_its_seal_when_writing_it_fails(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise StorageError(f"Could not write {path}: the disk is full.")

    monkeypatch.setattr("blink.data.split.seal.atomic_file", refuse)
    out = tmp_path / "split.csv"
    words = ["data", "split", str(folder), "--out", str(out), "--test-share", "0.3", "--seal"]
    assert main(words) == 1
    assert not out.exists()
