import os
from pathlib import Path

import pyarrow as arrow
import pytest
from pyarrow import parquet

from blink.contract import DataError, StorageError
from blink.contract.attributes import VOCABULARY
from blink.data import manifest as reading
from blink.data import receipt
from blink.data.manifest import FILE, read_manifest
from tests.data.drawing import crowd, data_set


def _forbidden(*_: object, **__: object) -> None:
    raise AssertionError("the rows are read")


def test_read_manifest_reads_no_row_when_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = data_set(tmp_path / "set", crowd(2))
    monkeypatch.setattr(reading, "checked", _forbidden)
    assert read_manifest(tmp_path / "set") == written


@pytest.mark.parametrize("content", ["", "{}", '{"file": 7}', "null"])
def test_read_manifest_reads_every_row_when_the_receipt_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    data_set(tmp_path / "set", crowd(2))
    (tmp_path / "set" / ".checked.json").write_text(content)
    monkeypatch.setattr(reading, "checked", _forbidden)
    with pytest.raises(AssertionError, match="rows are read"):
        read_manifest(tmp_path / "set")


def test_read_manifest_finds_the_fault_when_the_file_was_changed_in_place(tmp_path: Path) -> None:
    path = data_set(tmp_path / "set", crowd(2)).folder / FILE
    before = path.stat()
    table = parquet.read_table(path)
    labels = arrow.array([7] * len(table), arrow.int8())
    place = table.schema.names.index("label")
    parquet.write_table(table.set_column(place, table.schema.field("label"), labels), path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DataError, match="row 0, column label: 7"):
        read_manifest(tmp_path / "set")


def test_read_manifest_reads_every_row_when_the_rules_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_set(tmp_path / "set", crowd(2))
    monkeypatch.setitem(VOCABULARY, "side", ("left", "right", "both"))
    monkeypatch.setattr(reading, "checked", _forbidden)
    with pytest.raises(AssertionError, match="rows are read"):
        read_manifest(tmp_path / "set")


def test_read_manifest_works_when_no_receipt_can_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = data_set(tmp_path / "set", crowd(2))
    (tmp_path / "set" / ".checked.json").unlink()

    def full(_: Path) -> None:
        raise StorageError("full")

    monkeypatch.setattr(receipt, "atomic_file", full)
    assert read_manifest(tmp_path / "set") == written


def test_read_manifest_works_when_the_folder_is_read_only(tmp_path: Path) -> None:
    written = data_set(tmp_path / "set", crowd(2))
    (tmp_path / "set" / ".checked.json").unlink()
    (tmp_path / "set").chmod(0o500)
    try:
        assert read_manifest(tmp_path / "set") == written
    finally:
        (tmp_path / "set").chmod(0o700)
