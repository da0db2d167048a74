import logging
import threading
import time
from pathlib import Path

import pytest

from blink.contract import DataError, StorageError
from blink.data.cached.get_or_create import get_or_create


def content(path: Path) -> str | None:
    """What `make` below writes; None for anything else."""
    return path.read_text() if path.is_file() and path.read_text() == "good" else None


def make(path: Path) -> None:
    path.write_text("good")


def test_get_or_create_makes_what_is_missing_and_only_reads_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert get_or_create(path, content, make) == "good"
    assert get_or_create(path, content, lambda _: pytest.fail("it is there")) == "good"


def test_get_or_create_says_so_when_it_makes_a_damaged_file_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "file"
    path.write_text("bad")
    assert get_or_create(path, content, make) == "good"
    assert f"{path} is damaged. Making it anew." in caplog.text


def test_get_or_create_is_refused_when_what_was_made_is_no_good(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="changed while it was read"):
        get_or_create(tmp_path / "file", content, lambda path: path.touch())


def test_get_or_create_is_refused_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("")
    with pytest.raises(StorageError, match=r"Could not write to .* paths\.cache=FOLDER, or BLINK"):
        get_or_create(tmp_path / "no-folder" / "file", content, make)


def test_get_or_create_waits_when_somebody_else_is_making_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path, begun, makers = tmp_path / "file", threading.Event(), []

    def slow(path: Path) -> None:
        makers.append("first")
        begun.set()
        time.sleep(0.3)
        make(path)

    other = threading.Thread(target=get_or_create, args=(path, content, slow))
    other.start()
    begun.wait(timeout=10)
    assert get_or_create(path, content, lambda _: makers.append("second")) == "good"
    other.join()
    assert makers == ["first"]
    assert "Another process is making" in caplog.text


def test_get_or_create_can_be_tried_again_when_making_failed(tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        get_or_create(tmp_path / "file", content, fail)
    assert get_or_create(tmp_path / "file", content, make) == "good"
