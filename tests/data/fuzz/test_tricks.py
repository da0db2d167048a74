"""Archives and folders that hold what is no picture, or whose names are tricks."""

import logging
import os
from pathlib import Path

import pytest

from blink.data.importers.folder import FolderEyes
from blink.data.importers.mrl import MrlEyes
from tests.data.drawing import mrl_members, write_folder, write_zip
from tests.data.fuzz.laws import CROP


def test_importer_lists_nested_archives_when_they_stand_where_pictures_should(
    tmp_path: Path,
) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"x.png": CROP}).read_bytes()
    members = mrl_members() | {"s0001/s0001_90000_0_0_0_0_0_01.png": inner}
    manifest = MrlEyes(write_zip(tmp_path / "mrl.zip", members)).write(tmp_path / "set")
    assert len(manifest) == 18
    assert "it is no picture" in (tmp_path / "set" / "skipped.csv").read_text(encoding="utf-8")


def test_importer_writes_below_its_target_only_when_names_are_tricks(tmp_path: Path) -> None:
    names = ["open/p\u0301_1.png", "open/\u202egnp_2.png", "open/aux_3.png", "closed/con._4.png"]
    source = write_zip(tmp_path / "in.zip", dict.fromkeys(names, CROP))
    manifest = FolderEyes(source, subject_from="(.)_").write(tmp_path / "out" / "set")
    assert sorted(manifest.table["label"]) == [0, 0, 0, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.zip", "out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["set"]


def test_importer_lists_what_no_file_name_should_be_when_a_folder_holds_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_folder(tmp_path / "mrl", mrl_members())
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.png"))).write_bytes(CROP)
    os.mkfifo(folder / "s0001_90000_0_0_0_0_0_01.png")
    (folder / "s0001_90001_0_0_0_0_0_01.png").symlink_to("/dev/zero")
    (folder / "s0001_90002_0_0_0_0_0_01.png").symlink_to("nowhere")
    (folder / "loop").symlink_to(folder)
    source = MrlEyes(folder)
    with caplog.at_level(logging.WARNING):
        manifest = source.write(tmp_path / "set")
    assert len(manifest) == 18
    listed = (tmp_path / "set" / "skipped.csv").read_text(encoding="utf-8")
    assert listed.count("it is no file") == 3
    assert len(source.key) == 12
