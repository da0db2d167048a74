import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from blink.contract import DataError, StorageError
from blink.data.split.ledger import Ledger, Look

LOOK = Look(
    when="2026-11-24T13:05:00+00:00",
    run="13-05-00-drawn-ab12",
    name="drawn",
    command="python train.py",
    commit="abc",
    test_set="drawn",
    split="0123",
    bundles={"eye": "4567"},
)


def look_often(path: Path, worker: int) -> None:
    for number in range(10):
        Ledger(path, "drawn").record(replace(LOOK, run=f"{worker}-{number}"))


def test_record_counts_looks_of_each_test_set_when_they_are_others(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    assert ledger.record(LOOK) == 1
    assert ledger.record(replace(LOOK, run="another")) == 2
    assert ledger.record(replace(LOOK, test_set="other")) == 1
    assert ledger.record(replace(LOOK, bundles={"eye": "changed"})) == 3
    assert ledger.looks()[0] == LOOK


def test_record_counts_once_when_the_same_bundles_of_a_run_are_judged_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    again = replace(LOOK, when="2026-11-25T09:00:00+00:00", command="python train.py resume=x")
    assert [ledger.record(LOOK), ledger.record(again)] == [1, 1]
    assert ledger.looks() == [LOOK]


def test_record_loses_none_when_two_processes_look(tmp_path: Path) -> None:
    path = tmp_path / "looks.jsonl"
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(look_often, [path, path], [1, 2]))
    runs = {look.run for look in Ledger(path, "drawn").looks()}
    assert runs == {f"{worker}-{number}" for worker in (1, 2) for number in range(10)}


@pytest.mark.parametrize("number", [1, 2])
def test_looks_are_refused_when_one_was_removed(tmp_path: Path, number: int) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    for run in ("one", "two", "three"):
        ledger.record(replace(LOOK, run=run))
    lines = ledger.path.read_text().splitlines(keepends=True)
    ledger.path.write_text("".join(lines[:number] + lines[number + 1 :]))
    with pytest.raises(DataError, match=f"line {number + 1} does not follow"):
        ledger.looks()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"run": "13', '"run": "14', "line 2 does not follow"),
        ("{", "(", "no ledger, or a damaged one"),
        ('"chain"', '"chains"', "no ledger, or a damaged one"),
    ],
)
def test_record_is_refused_when_the_ledger_was_changed(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    ledger.record(LOOK)
    ledger.path.write_text(ledger.path.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=fault):
        ledger.record(replace(LOOK, run="another"))


def test_record_is_refused_when_the_ledger_is_anothers_or_missing(tmp_path: Path) -> None:
    path = tmp_path / "looks.jsonl"
    Ledger(path, "drawn").record(LOOK)
    with pytest.raises(DataError, match="counts looks at drawn, not at other"):
        Ledger(path, "other").record(LOOK)
    path.unlink()
    with pytest.raises(DataError, match="Put the ledger back"):
        Ledger(path, "drawn", must_exist=True).record(LOOK)


def test_ledger_is_json_lines_when_read_by_others(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    ledger.start("2026-11-24T12:00:00+00:00")
    ledger.record(LOOK)
    first, second = map(json.loads, ledger.path.read_text().splitlines())
    assert (first["looks_at"], first["since"]) == ("drawn", "2026-11-24T12:00:00+00:00")
    assert (second["command"], second["bundles"]) == ("python train.py", {"eye": "4567"})
    with pytest.raises(DataError, match="is there already"):
        ledger.start("2026-11-24T12:00:00+00:00")


def test_record_says_so_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be counted"):
        Ledger(tmp_path / "file" / "looks.jsonl", "drawn").record(LOOK)


def test_lock_of_a_ledger_is_free_when_its_block_has_ended(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    block = ledger._locked()  # kept, since what nobody keeps is let go in any case
    with block:
        assert not _is_free(tmp_path / ".looks.jsonl.lock")
    assert _is_free(tmp_path / ".looks.jsonl.lock")


def _is_free(lock: Path) -> bool:
    try:
        with FileLock(lock, timeout=0):
            return True
    except Timeout:
        return False


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\r"])
def test_ledger_is_read_when_a_command_holds_a_line_separator(
    tmp_path: Path, separator: str
) -> None:
    ledger = Ledger(tmp_path / "looks.jsonl", "drawn")
    look = replace(LOOK, command=f"python train.py question=a{separator}b")
    assert ledger.record(look) == 1
    assert ledger.looks() == [look]
    assert ledger.record(replace(LOOK, run="another")) == 2
