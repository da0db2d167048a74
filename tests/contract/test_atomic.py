import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from blink.contract import StorageError, atomic_file, atomic_folder, copy_folder
from tests.small_files import files_of_at_most


def half_written(path: Path, error: BaseException) -> None:
    path.write_text("half")
    raise error


def test_atomic_file_stands_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    with atomic_file(target) as path:
        path.write_text("whole")
        assert path.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_atomic_file_leaves_the_older_one_when_the_block_fails(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_file(target) as path:
        half_written(path, ZeroDivisionError())
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_atomic_file_names_the_way_out_when_the_disk_is_full(tmp_path: Path, number: int) -> None:
    with (
        pytest.raises(StorageError, match=r"No space left to write .*BLINK_CACHE .*--out"),
        atomic_file(tmp_path / "file.txt") as path,
    ):
        half_written(path, OSError(number, os.strerror(number)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [Path(), Path("/")])
def test_atomic_file_says_so_when_the_path_has_no_name(path: Path) -> None:
    for write in (atomic_file, atomic_folder):
        with pytest.raises(StorageError, match=r"write [./]: it is a folder\."), write(path):
            pass


def test_atomic_file_says_what_is_wrong_when_the_error_has_no_number(tmp_path: Path) -> None:
    fault = "4096 requested and 1024 written"
    with (
        pytest.raises(StorageError, match=rf"Could not write .*file\.txt: {fault}\."),
        atomic_file(tmp_path / "file.txt") as path,
    ):
        half_written(path, OSError(fault))


def test_atomic_file_names_the_other_file_when_that_is_at_fault(tmp_path: Path) -> None:
    target, missing = tmp_path / "file.txt", tmp_path / "missing.txt"
    said = rf"Could not write .*file\.txt, because of {missing}: No such file or directory\."
    with pytest.raises(StorageError, match=said), atomic_file(target):
        missing.read_text()
    with (
        pytest.raises(StorageError, match=r"write .*/file\.txt: No such file or directory\."),
        atomic_folder(target) as path,
    ):
        (path / "new" / "file.txt").write_text("of the folder itself")


def test_copy_folder_copies_all_but_what_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one", "b/two", ".three", "b/.four"):
        (tmp_path / "a" / name).write_text(name)
    copy_folder(tmp_path / "a", tmp_path / "new" / "c")
    files = {path: path.read_text() for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert files == {tmp_path / "new/c/one": "one", tmp_path / "new/c/b/two": "b/two"}


def test_copy_folder_makes_files_that_can_be_written_when_the_source_cannot(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_text("one")
    (tmp_path / "a" / "one").chmod(0o444)
    copy_folder(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "one").stat().st_mode & stat.S_IWUSR


def test_copy_folder_says_that_the_disk_is_full_when_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.onnx").write_bytes(bytes(100))
    with (
        files_of_at_most(50),
        pytest.raises(StorageError, match="No space left to write"),
        atomic_folder(tmp_path / "b") as place,
    ):
        copy_folder(tmp_path / "a", place / "a")


def test_atomic_file_names_the_path_when_its_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with (
        pytest.raises(StorageError, match=r"Could not write .*taken/file\.txt"),
        atomic_file(tmp_path / "taken" / "file.txt"),
    ):
        pass


def test_atomic_file_leaves_no_half_file_when_its_process_is_killed(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old")
    script = (
        "import sys, time; from pathlib import Path; from blink.contract import atomic_file\n"
        "with atomic_file(Path(sys.argv[1])) as path:\n"
        "    path.write_text('half'); print('writing', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert target.read_text() == "old"


def test_atomic_folder_replaces_the_older_one_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with atomic_folder(target) as path:
        (path / "new.txt").write_text("new")
        assert (target / "old.txt").read_text() == "old"
    assert [entry.name for entry in target.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_folder_leaves_the_older_one_when_the_block_fails(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with pytest.raises(StorageError, match="No space left"), atomic_folder(target) as path:
        half_written(path / "new.txt", OSError(errno.ENOSPC, "full"))
    assert [entry.name for entry in target.iterdir()] == ["old.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_folder_gives_the_older_one_back_when_the_last_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old.txt").write_text("old")
    rename = Path.rename

    def fail(self: Path, to: Path) -> Path:
        if to == target and (self / "new.txt").exists():
            raise OSError(errno.EIO, "broken disk")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError, match="broken disk"), atomic_folder(target) as path:
        (path / "new.txt").write_text("new")
    assert [entry.name for entry in target.iterdir()] == ["old.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_folder_replaces_what_a_link_leads_to_when_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "old.txt").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with atomic_folder(tmp_path / "link") as path:
        (path / "new.txt").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert [entry.name for entry in (tmp_path / "real").iterdir()] == ["new.txt"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "real"]


def test_atomic_folder_leaves_nothing_hidden_when_it_replaces_a_file(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.write_text("old")
    with atomic_folder(target) as path:
        (path / "new.txt").write_text("new")
    assert [entry.name for entry in target.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_file_leaves_alone_what_it_did_not_make_when_it_sweeps(tmp_path: Path) -> None:
    mine = [tmp_path / name for name in (".set.backup-2025", ".set.x.4-0123abcd", ".set.7-short")]
    left, link = tmp_path / ".set.7-0123abcd", tmp_path / ".set.8-0123abcd"
    beside = tmp_path / ".set.7-0123abcd-single"  # as `draw_weights` leaves it
    link.symlink_to("nowhere")
    for path in [*mine, left, beside]:
        path.mkdir()
    for path in [*mine, left, beside, link]:
        os.utime(path, (0, 0), follow_symlinks=False)
    with atomic_file(tmp_path / "set") as path:
        path.write_text("new")
    assert all(path.is_dir() for path in mine)
    assert not left.exists()
    assert not beside.exists()
    assert not link.is_symlink()
