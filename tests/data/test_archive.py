import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.contract import DataError
from blink.data import archive
from blink.data.archive import open_archive
from tests.data.drawing import write_folder, write_zip

HOME = "https://example.org/eyes"
MEMBERS = {"b/2.png": b"two", "a/1.png": b"one"}


def test_archive_lists_and_reads_the_same_when_zip_or_folder(tmp_path: Path) -> None:
    paths = [
        write_zip(tmp_path / "eyes.zip", MEMBERS),
        write_folder(tmp_path / "eyes", MEMBERS),
    ]
    for path in paths:
        with open_archive(path, HOME) as opened:
            assert list(opened.members) == ["a/1.png", "b/2.png"]
            assert [opened.read(name) for name in opened.members] == [b"one", b"two"]


def test_archive_takes_the_extracted_folder_when_the_zip_is_missing(tmp_path: Path) -> None:
    write_folder(tmp_path / "eyes", MEMBERS)
    with open_archive(tmp_path / "eyes.zip", HOME) as opened:
        assert opened.read("a/1.png") == b"one"


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_archive_key_changes_when_one_byte_does(tmp_path: Path, kind: str) -> None:
    write = write_zip if kind == "zip" else write_folder
    keys = []
    for number, content in enumerate((b"one", b"one", b"onf")):
        path = write(tmp_path / f"{number}", MEMBERS | {"a/1.png": content})
        with open_archive(path, HOME) as opened:
            keys.append(opened.key())
    assert keys[0] == keys[1] != keys[2]


def test_archive_leaves_out_clutter_when_a_file_manager_was_there(tmp_path: Path) -> None:
    clutter = {".DS_Store": b"", "__MACOSX/a/._1.png": b"", "a/Thumbs.db": b"", "a/.x/1.png": b""}
    for path in (
        write_zip(tmp_path / "eyes.zip", MEMBERS | clutter),
        write_folder(tmp_path / "eyes", MEMBERS | clutter),
    ):
        with open_archive(path, HOME) as opened:
            assert list(opened.members) == ["a/1.png", "b/2.png"]


def test_archive_says_where_and_how_when_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught, open_archive(tmp_path / "eyes.zip", HOME):
        pass
    for part in (str(tmp_path / "eyes.zip"), f"folder {tmp_path / 'eyes'}.", "BLINK_DATA", HOME):
        assert part in str(caught.value)


def test_archive_speaks_of_no_extracted_folder_when_a_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught, open_archive(tmp_path / "photos", HOME):
        pass
    assert str(caught.value).startswith(f"{tmp_path / 'photos'} is missing. ")
    assert "extracted" not in str(caught.value)


@pytest.mark.parametrize("name", ["out.png", "sub/out.png"])
def test_archive_read_fails_when_a_link_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    secret = write_folder(tmp_path / "elsewhere", {"out.png": b"secret"})
    path = write_folder(tmp_path / "eyes", MEMBERS)
    if name == "out.png":
        (path / name).symlink_to(secret / name)
    else:
        (path / "sub").symlink_to(secret)
    with open_archive(path, HOME) as opened:
        with pytest.raises(DataError, match="a link that leads out of the folder"):
            opened.read(name)
        assert opened.read("a/1.png") == b"one"


def test_archive_reads_links_when_they_stay_within_the_folder(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", MEMBERS)
    (path / "3.png").symlink_to("b/2.png")
    (tmp_path / "link").symlink_to(path)
    for place in (path, tmp_path / "link"):
        with open_archive(place, HOME) as opened:
            assert list(opened.members) == ["3.png", "a/1.png", "b/2.png"]
            assert opened.read("3.png") == b"two"


def test_archive_lists_a_linked_folder_when_it_stays_within(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", MEMBERS)
    (path / "c").symlink_to("b")
    (path / "b" / "up").symlink_to(path)  # as are the next two, a circle
    (path / "a" / "x").symlink_to(path / "b")
    (path / "b" / "y").symlink_to(path / "a")
    (path / ".hidden").symlink_to(tmp_path)
    with open_archive(path, HOME) as opened:
        assert list(opened.members) == [
            *("a/1.png", "a/x/2.png", "b/2.png", "b/y/1.png", "c/2.png", "c/y/1.png")
        ]
        assert opened.read("c/y/1.png") == b"one"


def test_archive_is_refused_when_a_linked_folder_leads_out(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", MEMBERS)
    (path / "c").symlink_to(write_folder(tmp_path / "elsewhere", MEMBERS))
    with (
        open_archive(path, HOME) as opened,
        pytest.raises(DataError, match=f"{path}/c is a link that leads out of {path}"),
    ):
        _ = opened.members


def test_archive_is_refused_when_a_folder_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_folder(tmp_path / "eyes", MEMBERS)
    listed = os.scandir

    def locked(place: str) -> Iterator[os.DirEntry[str]]:
        if Path(place) == path / "b":
            raise PermissionError(13, "Permission denied", place)
        return listed(place)

    monkeypatch.setattr(os, "scandir", locked)
    with (
        open_archive(path, HOME) as opened,
        pytest.raises(DataError, match=rf"{path}/b cannot be listed \(Permission denied\)"),
    ):
        _ = opened.members


@pytest.mark.parametrize(("kind", "is_other"), [("zip", True), ("folder", False)])
def test_archive_key_of_some_members_ignores_the_other_files_of_a_folder(
    tmp_path: Path, kind: str, is_other: bool
) -> None:
    write = write_zip if kind == "zip" else write_folder
    keys = []
    for number, more in enumerate(({}, {"c.png": b"more"}, {"a/1.png": b"another"})):
        with open_archive(write(tmp_path / f"{number}", MEMBERS | more), HOME) as opened:
            keys.append(opened.key(["b/2.png", "a/1.png"]))
            if not more:
                assert keys == [opened.key()]
    assert (keys[0] != keys[1]) is is_other
    assert keys[0] != keys[2]


@pytest.mark.parametrize("kept", [0, 10, 150])
def test_archive_is_refused_when_truncated(tmp_path: Path, kept: int) -> None:
    path = write_zip(tmp_path / "eyes.zip", MEMBERS)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"eyes\.zip is no zip, or a truncated one"):
        open_archive(path, HOME).__enter__()


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd.png", "../outside.png", "a/../../outside.png", "a\\..\\b.png", "C:/eyes/1.png"],
)
def test_archive_is_refused_when_a_member_leads_out(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "eyes.zip", MEMBERS | {name: b"x"})
    with pytest.raises(DataError) as caught:
        open_archive(path, HOME).__enter__()
    assert repr(name) in str(caught.value)
    assert sorted(tmp_path.iterdir()) == [path]


def test_archive_is_refused_when_a_member_is_a_link(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "eyes.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match=r"holds a link: 'a/link\.png'"):
        open_archive(tmp_path / "eyes.zip", HOME).__enter__()


def test_archive_is_refused_when_a_member_is_huge(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "eyes.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb.png", bytes(archive.LARGEST_MEMBER + 1))
    with pytest.raises(DataError, match=r"a file of 67,108,865 bytes: 'bomb\.png'"):
        open_archive(tmp_path / "eyes.zip", HOME).__enter__()


def test_archive_is_refused_when_all_members_together_are_huge(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "eyes.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"{number}.png", bytes(archive.LARGEST_MEMBER // 2))
    with pytest.raises(DataError, match="would grow from"):
        open_archive(tmp_path / "eyes.zip", HOME).__enter__()


def test_archive_read_fails_with_data_error_when_a_member_is_damaged(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "eyes.zip", MEMBERS)
    path.write_bytes(path.read_bytes().replace(b"two", b"owt"))
    with open_archive(path, HOME) as opened:
        assert opened.read("a/1.png") == b"one"
        with pytest.raises(DataError, match="damaged within the zip"):
            opened.read("b/2.png")


def test_archive_read_fails_with_data_error_when_a_file_vanished(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", MEMBERS)
    with open_archive(path, HOME) as opened:
        (path / "a/1.png").unlink()
        with pytest.raises(DataError, match="cannot be read"):
            opened.read("a/1.png")


@settings(max_examples=150)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1))
def test_archive_raises_data_error_only_when_any_bytes_are_changed(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = write_zip(tmp_path_factory.mktemp("fuzz") / "eyes.zip", MEMBERS | {"é.png": b"three"})
    raw = bytearray(path.read_bytes())
    for place, byte in changes:
        raw[place % len(raw)] = byte
    path.write_bytes(raw)
    with suppress(DataError), open_archive(path, HOME) as opened:
        for member in opened.members:
            with suppress(DataError):
                assert len(opened.read(member)) <= 5
