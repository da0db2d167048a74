import os
from pathlib import Path

import pytest

from blink.cli.picture_files import find_pictures, read_picture
from blink.contract import DataError


def test_read_picture_refuses_at_once_when_it_is_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")  # whoever opens it waits for a writer
    with pytest.raises(DataError, match="it is no ordinary file"):
        read_picture(tmp_path / "pipe.png")


def test_find_pictures_counts_what_it_passes_over_when_it_is_no_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.HEIC", "c.heic", "list.csv", "README", ".hidden"):
        (tmp_path / name).touch()
    found = find_pictures([tmp_path])
    assert [one.name for one in found.pictures] == [Path("a.png")]
    told = "passed over: 2 .heic, 1 without an ending, 1 .csv (convert photos to JPEG or PNG)"
    assert found.told() == told
    assert find_pictures([tmp_path / "a.png"]).told() == ""
    (tmp_path / "d.MOV").touch()
    assert find_pictures([tmp_path]).told().endswith("or PNG; cut eye crops from videos first)")
    (tmp_path / "d.MOV").unlink()
    for number in range(9):
        (tmp_path / f"log.{number}\x1b").touch()
    told = find_pictures([tmp_path]).told()
    assert told.endswith("1 .0\ufffd, 1 .1\ufffd, 7 others (convert photos to JPEG or PNG)")
