import inspect
import json
from importlib import import_module
from pathlib import Path

import pytest
import typer

from blink.cli import main
from blink.cli.data import VERBS
from blink.data.history.card import CARD
from blink.data.history.versions import lineage_of
from blink.data.images import encode_png
from blink.data.manifest import write_manifest
from tests.data.drawing import crowd, data_set, eye, mrl_members, rows, write_folder, write_zip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "mrl.zip", mrl_members())


def blink(*words: str | Path) -> int:
    return main(["data", *map(str, words)])


def read(path: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(path.read_text("utf-8"))
    return content


@pytest.mark.parametrize("verb", VERBS)
def test_verb_is_there_and_teaches_when_help_is_asked_for(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    module, _, name = VERBS[verb].partition(":")
    function = getattr(import_module(module), name)

    assert blink(verb, "--help") == 0
    shown = capsys.readouterr().out
    assert f"blink data {verb} " in shown.split("Options:")[0].split("\n", 1)[1]
    assert isinstance(function, typer.Typer) or inspect.isfunction(function)


def test_import_says_what_came_of_it_when_the_source_is_good(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert blink("import", "mrl", source, "--out", out) == 0

    said = capsys.readouterr().out
    assert said.startswith("Imported 18 crops of mrl (3 people): 9 open, 9 closed.\n")
    outcome = read(out / "import.json")
    version = lineage_of(out).head
    assert (outcome["version"], outcome["skipped"]) == (version.id, 0)
    assert outcome["fingerprint"] == version.fingerprint
    assert (out / CARD).is_file()


def test_import_warns_when_two_people_are_named_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spelt = ("open/Guest 2", "closed/guest 2", "open/guest 3 ", "closed/guest 3")
    names = [f"{folder}/{n}.png" for n, folder in enumerate(spelt)]
    pictures = {name: encode_png(eye(n, False)) for n, name in enumerate(names)}
    source = write_folder(tmp_path / "mine", pictures)
    out = tmp_path / "out"
    assert blink("import", "folder", source, "--out", out, "--subject-from", "/(.+)/") == 0
    told = "WARNING: some people are named alike: 'mine/Guest 2' and 'mine/guest 2'. If they are"
    assert told in capsys.readouterr().err


def test_import_is_known_when_it_was_killed_at_its_very_end(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("blink.data.history.facts.count", killed)
        assert blink("import", "mrl", source, "--out", out) == 130
    (tmp_path / ".out.parts").mkdir()
    assert blink("import", "mrl", source, "--out", out) == 0
    assert read(out / "import.json")["skipped"] == 0
    assert not (tmp_path / ".out.parts").exists()


def test_import_does_nothing_when_the_same_is_there_already(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    blink("import", "mrl", source, "--out", out)
    before = (out / "manifest.parquet").stat()
    capsys.readouterr()

    assert blink("import", "mrl", source, "--out", out) == 0

    assert capsys.readouterr().out.startswith(f"{out} is there already: 18 crops of mrl")
    assert (out / "manifest.parquet").stat() == before


def test_import_loses_nothing_when_something_else_is_there(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_zip(tmp_path / "other.zip", mrl_members(people=2))
    kept = tmp_path / "notes"
    kept.mkdir()
    (kept / "precious.txt").write_text("mine")
    blink("import", "mrl", other, "--out", tmp_path / "out")

    assert blink("import", "mrl", source, "--out", kept) == 1
    assert blink("import", "mrl", source, "--out", tmp_path / "out") == 1

    assert "is something else. Nothing is overwritten" in capsys.readouterr().err
    assert (kept / "precious.txt").read_text() == "mine"
    assert lineage_of(tmp_path / "out").head.crops == 12


def test_import_lists_what_it_skipped_when_a_picture_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = mrl_members() | {"s0001/s0001_00099_0_1_0_2_0_03.png": b"no picture"}
    out = tmp_path / "out"

    assert blink("import", "mrl", write_zip(tmp_path / "m.zip", members), "--out", out) == 0

    assert f"Skipped 1 bad one, listed in {out / 'skipped.csv'}." in capsys.readouterr().out
    assert read(out / "import.json")["skipped"] == 1


def test_import_takes_options_from_the_importer_when_they_are_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = {f"{state}/p/{n}.png": row["image"] for state, n, row in _pictures()}
    source = write_folder(tmp_path / "eyes", pictures)
    words = ["--state", "zu=closed", "--attribute", "spectrum=ir", "--no-subject"]

    assert blink("import", "folder", source, "--out", tmp_path / "out", *words) == 0

    assert "(people unknown, for training only): 2 open, 2 closed." in capsys.readouterr().out
    options = lineage_of(tmp_path / "out").head.options
    assert options["state"] == {"zu": "closed"}
    assert options["no_subject"] is True
    assert options["subject_from"] is None


def test_import_of_a_list_is_known_when_its_output_lies_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = {f"{n}.png": row["image"] for _, n, row in _pictures()}
    table = write_folder(tmp_path / "in", pictures) / "eyes.csv"
    table.write_text("path,label\n0.png,open\n1.png,closed\n")
    out = tmp_path / "in" / "data" / "listed"

    assert blink("import", "csv", table, "--out", out, "--no-subject") == 0
    assert blink("import", "csv", table, "--out", out, "--no-subject") == 0

    assert f"{out} is there already: 2 crops" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["eyes", "eyes.zip"])
def test_import_refuses_when_its_output_lies_within_the_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    eyes = write_folder(tmp_path / "eyes", {"open/1.png": b"one"})
    words = ("import", "folder", tmp_path / source, "--no-subject", "--out")

    assert blink(*words, eyes / "set") == 1

    assert f"{eyes / 'set'} lies within the source" in capsys.readouterr().err
    assert [path.name for path in eyes.iterdir()] == ["open"]


def test_import_reads_nothing_when_something_else_is_there(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        pytest.fail("the source was read")

    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    monkeypatch.setattr("blink.data.importers.importing.open_archive", read)
    assert blink("import", "mrl", source, "--out", tmp_path / "out") == 1


def _pictures() -> list[tuple[str, int, dict[str, bytes]]]:
    crops = rows("x", {"p": [0, 1, 0, 1]})
    return [(("open", "zu")[row["label"]], number, row) for number, row in enumerate(crops)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--state", "closed"], "--state closed should be KEY=VALUE"),
        (["--state", "=closed"], "should be KEY=VALUE"),
        ([], "whose eyes are they?"),
        (["--colour", "red"], "No such option"),
    ],
)
def test_import_says_what_is_wrong_when_options_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert blink("import", "folder", tmp_path, "--out", tmp_path / "out", *words) == 1

    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_merge_records_its_parents_when_data_sets_are_merged(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blink("import", "mrl", source, "--out", tmp_path / "mrl")
    data_set(tmp_path / "drawn", crowd(2))
    words = ("merge", tmp_path / "mrl", tmp_path / "drawn", "--out", tmp_path / "both")

    assert blink(*words) == 0
    assert blink(*words) == 0

    said = capsys.readouterr().out
    assert "Merged 2 data sets into" in said
    assert "both is there already: 26 crops, 5 people; version " in said
    head = lineage_of(tmp_path / "both").head
    assert read(tmp_path / "both" / "merge.json")["parents"] == list(head.parents)
    assert head.parents[0] == lineage_of(tmp_path / "mrl").head.id
    assert "blink data merge" in (tmp_path / "both" / CARD).read_text("utf-8")


def test_merge_warns_when_two_data_sets_share_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = rows("one", {"a": [0, 0, 0, 0]}), rows("other", {"b": [0, 1, 0], "c": [1]})
    parts = [write_manifest(tmp_path / r[0]["dataset"], r).folder for r in (one, other)]

    assert blink("merge", *parts, "--out", tmp_path / "both") == 0

    assert "WARNING: the data sets share 2 pictures, exactly the same" in capsys.readouterr().err
    assert read(tmp_path / "both" / "merge.json")["pictures_in_two_data_sets"] == 2


def test_merge_refuses_when_a_data_set_stands_twice_or_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = data_set(tmp_path / "one", crowd(2)).folder

    assert blink("merge", one, one, "--out", tmp_path / "out") == 1
    assert blink("merge", one, "--out", tmp_path / "out") == 1

    said = capsys.readouterr().err
    assert "a data set stands twice among drawn, drawn." in said
    assert "A merge needs two data sets or more." in said
    assert not (tmp_path / "out").exists()


def test_diff_ends_with_2_and_says_what_when_data_sets_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = rows("drawn", crowd(2)), rows("drawn", crowd(3))
    after[0]["label"] = None
    a = write_manifest(tmp_path / "a", before).folder
    b = write_manifest(tmp_path / "b", after).folder

    assert blink("diff", a, b, "--json", tmp_path / "diff.json") == 2

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"From {a} to {b}: 4 crops added, 0 removed, 1 changed, 7 the same."
    assert said[5:8] == [
        "label: 1",
        "  open → missing: 1",
        f"  ~ {before[0]['id']}: 0 → missing",
    ]
    assert read(tmp_path / "diff.json")["columns"] == {"label": 1}


def test_diff_ends_with_0_when_nothing_differs_and_with_1_when_one_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = data_set(tmp_path / "a", crowd(2)).folder

    assert blink("diff", a, a) == 0
    assert capsys.readouterr().out == f"{a} and {a} are the same: 8 crops.\n"
    assert blink("diff", a, tmp_path / "b") == 1
    assert "is missing" in capsys.readouterr().err


def test_card_is_written_with_its_counts_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path / "drawn", crowd(2)).folder

    assert blink("card", folder) == 0

    assert capsys.readouterr().out.startswith("Described 8 crops (2 people) in ")
    assert (folder / CARD).read_text("utf-8").startswith('---\npretty_name: "drawn"')
    facts = json.loads((folder / "card.json").read_text())
    assert facts["drawn"]["labels"] == {"open": 4, "closed": 4, "unlabelled": 0}
