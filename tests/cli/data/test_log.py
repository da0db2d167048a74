import json
from pathlib import Path

import pytest

from blink.cli import main
from blink.data.history.versions import derive, lineage_of
from blink.data.split import DataSetOut, Everybody, Named, Share, SplitByPerson, describe_rule
from tests.data.drawing import crowd, data_set, mrl_members, write_zip


def blink(*words: str | Path) -> int:
    return main(["data", *map(str, words)])


def test_log_draws_the_newest_first_when_lines_meet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_zip(tmp_path / "mrl.zip", mrl_members())
    blink("import", "mrl", source, "--out", tmp_path / "mrl")
    data_set(tmp_path / "drawn", crowd(2))
    blink("merge", tmp_path / "mrl", tmp_path / "drawn", "--out", tmp_path / "both")
    capsys.readouterr()

    assert blink("log", tmp_path / "both", "--json", tmp_path / "log.json") == 0

    both, mrl, drawn = lineage_of(tmp_path / "both").versions
    assert capsys.readouterr().out.splitlines()[:-1] == [
        f"* {both.id} merge",
        f"|\\    26 crops, 5 people; fingerprint {both.fingerprint}",
        f"| |   of {mrl.id}, {drawn.id}",
        f"* | {mrl.id} import",
        f"  |   18 crops, 3 people; fingerprint {mrl.fingerprint}",
        '  |   importer: 2, kind: "mrl"',
        f"* {drawn.id} unrecorded",
        f"    8 crops, 2 people; fingerprint {drawn.fingerprint}",
    ]
    assert [v["id"] for v in json.loads((tmp_path / "log.json").read_text())["versions"]] == [
        both.id,
        mrl.id,
        drawn.id,
    ]


def test_log_shows_where_a_split_came_from_when_given_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = lineage_of(data_set(tmp_path / "drawn", crowd(2)))
    lineage = derive("f" * 16, "split", {"folds": 5}, [parent])
    (tmp_path / "s.json").write_text(json.dumps({"version": lineage.to_json()}))

    assert blink("log", tmp_path / "s.csv") == 0

    said = capsys.readouterr().out
    assert said.startswith(f"* {lineage.head.id} split\n|   8 crops, 2 people")
    assert said.splitlines()[-2] == f"* {parent.head.id} unrecorded"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            describe_rule(
                SplitByPerson({"b": Share(0.25), "a": Named(["p1", "p=2"])}, balance=["side"])
            ),
            "split by person (balance: side, fold: 0, folds: 5, seed: 0, test: "
            "a: named (subjects: p1, p=2), b: share (seed: 0, share: 0.25))",
        ),
        (
            describe_rule(SplitByPerson({"kind": Everybody()})),
            "split by person (fold: 0, folds: 5, seed: 0, test: kind: everybody)",
        ),
        (describe_rule(DataSetOut("a")), "data set out (fold: 0, folds: 5, name: a, seed: 0)"),
        ("DataSetOut(name='mrl')", "DataSetOut(name='mrl')"),  # of an older history
    ],
)
def test_log_tells_the_rule_of_a_split_in_words_when_it_is_one(
    tmp_path: Path, rule: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = lineage_of(data_set(tmp_path / "drawn", crowd(2)))
    lineage = derive("f" * 16, "split", {"rule": rule}, [parent])
    (tmp_path / "s.json").write_text(json.dumps({"version": lineage.to_json()}))

    assert blink("log", tmp_path / "s.csv") == 0

    assert f"rule: {words}\n" in capsys.readouterr().out


def test_log_tells_a_zero_when_it_was_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = lineage_of(data_set(tmp_path / "drawn", crowd(2)))
    options: dict[str, object] = {
        "seed": 0,
        "share": 0.0,
        "leaky": False,
        "like": None,
        "name": "",
        "test": [],
    }
    lineage = derive("f" * 16, "split", options, [parent])
    (tmp_path / "s.json").write_text(json.dumps({"version": lineage.to_json()}))

    assert blink("log", tmp_path / "s.csv") == 0

    said = [line.lstrip("| ") for line in capsys.readouterr().out.splitlines()]
    assert "seed: 0, share: 0.0" in said
