import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.contract import DataError, StorageError
from blink.contract.attributes import VOCABULARY
from blink.data.images import decode, encode_png
from blink.data.manifest import FILE, merge, read_manifest, write_manifest
from blink.data.row import make_row
from tests.data.drawing import crowd, data_set, eye, rows
from tests.small_files import files_of_at_most

NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SMALL = st.sampled_from([None, 0, 1])


def _choice(values: tuple[str, ...] | None) -> st.SearchStrategy[str | None]:
    return st.none() | (NAMES if values is None else st.sampled_from(values))


ATTRIBUTES = st.fixed_dictionaries({name: _choice(values) for name, values in VOCABULARY.items()})


@settings(max_examples=15)
@given(st.lists(st.tuples(NAMES, SMALL, ATTRIBUTES), min_size=1, max_size=5))
def test_manifest_holds_what_was_written_when_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, int | None, dict[str, str | None]]],
) -> None:
    folder = tmp_path_factory.mktemp("sets") / "set"
    written = [
        make_row(
            "any",
            str(number),
            encode_png(eye(number, False)),
            subject=subject,
            label=label,
            licence="drawn",
        )
        | attributes
        for number, (subject, label, attributes) in enumerate(people)
    ]
    manifest = write_manifest(folder, written)
    table = manifest.table.astype(object).where(manifest.table.notna(), None)
    for name in ("id", "subject", "label", *VOCABULARY):
        assert table[name].tolist() == [row.get(name) for row in written]
    assert list(manifest.encoded()) == [row["image"] for row in written]
    assert read_manifest(folder).fingerprint == manifest.fingerprint


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"label": 2}, "column label: 2"),
        ({"side": "both"}, "column side: 'both'"),
        ({"label_weight": 1.5}, "column label_weight: 1.5"),
        ({"openness": -0.5}, "column openness: -0.5"),
        ({"licence": None}, "column licence"),
        ({"sensor": "two\nlines"}, r"column sensor: 'two\\nlines'"),
        ({"sensor": "a line\n"}, r"column sensor: 'a line\\n'"),
        ({"subject": ""}, "column subject: ''"),
        ({"dataset": "../eyes"}, "column dataset: '../eyes'"),
        ({"dataset": "eyes\\mine"}, "column dataset: 'eyes"),
        ({"dataset": ".eyes"}, "column dataset: '.eyes'"),
        ({"dataset": ""}, "column dataset: ''"),
        ({"frame": -1}, "column frame: -1"),
        ({"subject": b"\xff"}, r"column subject: b'\\xff' is no text"),
        ({"subject": "\ud800"}, "column subject"),
    ],
)
def test_write_manifest_refuses_the_row_when_it_breaks_the_schema(
    tmp_path: Path, fault: dict[str, Any], named: str
) -> None:
    bad = rows("drawn", crowd(2))
    bad[5] |= fault
    with pytest.raises(DataError, match=f"row 5, {named}"):
        write_manifest(tmp_path / "set", bad)
    assert list(tmp_path.iterdir()) == []


def test_write_manifest_numbers_the_bad_row_through_when_it_lies_far_down(tmp_path: Path) -> None:
    one = rows("drawn", {"a": [0]})[0]
    many = [one | {"id": f"{number:016x}"} for number in range(1030)]
    many[1027]["label"] = 7
    with pytest.raises(DataError, match="row 1027, column label: 7"):
        write_manifest(tmp_path / "set", many)


def test_write_manifest_refuses_when_a_source_stands_twice(tmp_path: Path) -> None:
    one = rows("drawn", crowd(1))
    with pytest.raises(DataError, match="row 4 repeats the id of row 1"):
        write_manifest(tmp_path / "set", [*one, one[1]])


def test_write_manifest_refuses_when_a_column_is_unknown(tmp_path: Path) -> None:
    bad = rows("drawn", crowd(1))
    bad[0]["mood"] = "good"
    with pytest.raises(DataError, match=r"unknown columns \['mood'\]"):
        write_manifest(tmp_path / "set", bad)


def test_write_manifest_refuses_when_there_are_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no crops to write"):
        write_manifest(tmp_path / "set", [])
    assert list(tmp_path.iterdir()) == []


def test_write_manifest_keeps_the_older_set_when_the_new_one_fails(tmp_path: Path) -> None:
    older = data_set(tmp_path / "set", crowd(2))
    with pytest.raises(DataError):
        write_manifest(tmp_path / "set", [])
    assert read_manifest(tmp_path / "set").fingerprint == older.fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_write_manifest_puts_further_files_beside_it_when_asked(tmp_path: Path) -> None:
    def finish(folder: Path, fingerprint: str) -> None:
        (folder / "note.txt").write_text(fingerprint)

    manifest = write_manifest(tmp_path / "set", rows("drawn", crowd(1)), finish)
    assert (tmp_path / "set" / "note.txt").read_text() == manifest.fingerprint


def test_read_manifest_says_so_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", bytes.lower])
def test_read_manifest_says_so_when_the_file_is_damaged(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = data_set(tmp_path / "set", crowd(2)).folder / FILE
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="damaged"):
        read_manifest(tmp_path / "set")


@pytest.mark.parametrize(
    "change",
    [{"label": 1}, {"subject": "q"}, {"subject": None}, {"sensor": "q"}, {"openness": 0.5}],
)
def test_fingerprint_changes_when_any_column_does(tmp_path: Path, change: dict[str, Any]) -> None:
    first = rows("drawn", crowd(2))
    prints = {write_manifest(tmp_path / "a", first).fingerprint}
    prints.add(write_manifest(tmp_path / "a", first).fingerprint)
    assert len(prints) == 1
    first[0] |= change
    prints.add(write_manifest(tmp_path / "b", first).fingerprint)
    assert len(prints) == 2


def test_crops_come_in_the_order_asked_when_rows_are_named(tmp_path: Path) -> None:
    written = rows("drawn", crowd(3))
    manifest = write_manifest(tmp_path / "set", written)
    for wanted, crop in zip([7, 2, 2], manifest.crops([7, 2, 2]), strict=True):
        assert np.array_equal(crop, decode(written[wanted]["image"]))


def test_merge_keeps_order_and_pictures_when_parts_differ(tmp_path: Path) -> None:
    parts = [
        write_manifest(tmp_path / name, rows(name, crowd(people)))
        for name, people in (("b", 2), ("a", 3))
    ]
    both = merge(tmp_path / "both", parts)
    assert both.table["dataset"].tolist() == ["b"] * 8 + ["a"] * 12
    assert list(both.encoded()) == [*parts[0].encoded(), *parts[1].encoded()]
    assert both.table["label"].tolist() == [0, 1] * 10


def test_merge_refuses_when_a_data_set_stands_twice(tmp_path: Path) -> None:
    part = data_set(tmp_path / "a", crowd(2))
    with pytest.raises(DataError, match="stands twice"):
        merge(tmp_path / "both", [part, part])


def test_write_manifest_ends_in_storage_error_when_the_folder_cannot_be_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="Could not write"):
        data_set(tmp_path / "file" / "set", crowd(1))


def test_read_manifest_blames_the_temporary_folder_when_that_is_full(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", crowd(2)).folder
    (folder / ".checked.json").unlink()
    with files_of_at_most(8), pytest.raises(StorageError, match=r"\(File too large\).* TMPDIR"):
        read_manifest(folder)
    assert len(read_manifest(folder)) == 8


def test_write_manifest_blames_the_temporary_folder_when_that_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", partial(Path("/dev/full").open, "w+b"))
    with pytest.raises(StorageError, match=r"\(No space left on device\).* TMPDIR"):
        data_set(tmp_path / "set", crowd(2))
    assert list(tmp_path.iterdir()) == []


def test_read_manifest_calls_nothing_damaged_when_it_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_set(tmp_path / "set", crowd(2)).folder
    (folder / ".checked.json").unlink()
    refused = PermissionError(errno.EACCES, "Failed to open local file")
    monkeypatch.setattr("pyarrow.parquet.read_schema", Mock(side_effect=refused))
    with pytest.raises(StorageError, match=r"manifest.parquet cannot be read: Permission denied"):
        read_manifest(folder)


def test_licences_stand_once_and_by_name_when_crops_come_under_several(tmp_path: Path) -> None:
    drawn = rows("a", {"x": [0, 1, 0]})
    for row, licence in zip(drawn, ("free", "by", "free"), strict=True):
        row["licence"] = licence
    assert write_manifest(tmp_path / "set", drawn).licences == ("by", "free")
