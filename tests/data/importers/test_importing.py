import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from blink.contract import DataError
from blink.data.collection import Source
from blink.data.images import encode_png
from blink.data.importers.blocks import SKIPPED
from blink.data.importers.cew import CewEyes
from blink.data.importers.mrl import MrlEyes
from blink.data.manifest import FILE
from tests.data.drawing import cew_members, eye, mrl_members, write_folder, write_zip
from tests.data.importers.skipped import skipped

BAD = {
    "mrlEyes_2018_01/s0001/s0001_90000_0_0_0_0_0_01.png": (b"", "the file is empty"),
    "mrlEyes_2018_01/s0001/s0001_90001_0_0_0_0_0_01.png": (b"no picture", "it is no picture"),
    "mrlEyes_2018_01/s0001/s0001_90002_0_0_0_0_0_01.png": (
        encode_png(eye(0, True)[:5]),
        "A crop is at least 8×8 pixels",
    ),
    "mrlEyes_2018_01/s0001/selfie.png": (encode_png(eye(1, True)), "unknown file name"),
    "mrlEyes_2018_01/again/s0001_00000_0_1_0_2_0_03.png": (
        encode_png(eye(2, True)),
        "a file before it has the same name",
    ),
}


@pytest.mark.parametrize("name", ["B\tx", "B\udcff"])
def test_importer_lists_a_name_when_it_is_no_text(tmp_path: Path, name: str) -> None:
    bad = {f"openLeftEyes/{name}_0001_L.jpg": encode_png(eye(1, False))}
    try:
        folder = write_folder(tmp_path / "cew", cew_members(4) | bad)
    except OSError:
        pytest.skip("this file system takes no such names")
    manifest = CewEyes(folder).write(tmp_path / "set")
    assert len(manifest) == 8
    ((member, fault),) = skipped(manifest.folder).items()
    assert member.isprintable()
    assert fault.endswith("is no name: it holds control characters or is no UTF-8")


@pytest.mark.parametrize("kind", [MrlEyes, CewEyes])
def test_importer_touches_nothing_when_constructed(kind: Callable[[Path], Source]) -> None:
    source = kind(Path("/nowhere/at/all.zip"))
    assert source.name in ("mrl", "cew")
    with pytest.raises(DataError, match="BLINK_DATA"):
        _ = source.key


def test_importer_is_available_when_zip_or_extracted_folder_is_there(tmp_path: Path) -> None:
    source = MrlEyes(tmp_path / "mrl.zip")
    assert not source.is_available
    (tmp_path / "mrl").mkdir()
    assert source.is_available
    write_zip(tmp_path / "cew.zip", {})
    assert CewEyes(tmp_path / "cew.zip").is_available


def test_importer_ends_the_same_when_zip_outer_or_inner_folder(tmp_path: Path) -> None:
    members = mrl_members()
    shuffled = dict(reversed(members.items()))
    moved = {name.replace("/s0001/", "/z/"): content for name, content in members.items()}
    write_folder(tmp_path / "outer", members)
    paths = [
        write_zip(tmp_path / "mrl.zip", members),
        write_zip(tmp_path / "shuffled.zip", shuffled),
        write_zip(tmp_path / "moved.zip", moved),
        tmp_path / "outer",
        tmp_path / "outer" / "mrlEyes_2018_01",
        tmp_path / "outer.zip",  # missing, but extracted beside it
    ]
    manifests = [MrlEyes(path).write(tmp_path / "sets" / str(n)) for n, path in enumerate(paths)]
    assert len({manifest.fingerprint for manifest in manifests}) == 1
    assert len(manifests[0]) == 18
    first = list(manifests[0].encoded())
    assert all(list(manifest.encoded()) == first for manifest in manifests)
    assert set(first) == set(members.values()) - {b"subject ID:\n"}


def test_importer_key_changes_when_the_archive_does_and_only_then(tmp_path: Path) -> None:
    members = mrl_members()
    keys = [
        MrlEyes(write_zip(tmp_path / "0.zip", members)).key,
        MrlEyes(tmp_path / "0.zip").key,
        MrlEyes(write_zip(tmp_path / "1.zip", members | {"x/annotation.txt": b"more"})).key,
        CewEyes(tmp_path / "0.zip").key,
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_importer_lists_and_skips_bad_pictures_when_they_are_few(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean = MrlEyes(write_zip(tmp_path / "clean.zip", mrl_members())).write(tmp_path / "clean")
    mixed = mrl_members() | {member: content for member, (content, _) in BAD.items()}
    with caplog.at_level(logging.WARNING):
        manifest = MrlEyes(write_zip(tmp_path / "mixed.zip", mixed)).write(tmp_path / "mixed")
    assert "skipped 5 bad files" in caplog.text
    listed = skipped(manifest.folder)
    # Of two files of one name the first in sorted order is kept: here the one in `again`.
    twin = "mrlEyes_2018_01/s0001/s0001_00000_0_1_0_2_0_03.png"
    faults = {member: fault for member, (_, fault) in BAD.items() if "again" not in member}
    assert listed.keys() == faults.keys() | {twin}
    for member, fault in faults.items():
        assert listed[member].startswith(fault)
    assert manifest.table["id"].tolist() == clean.table["id"].tolist()
    assert not (clean.folder / SKIPPED).exists()


def test_importer_refuses_when_too_many_pictures_are_bad(tmp_path: Path) -> None:
    bad = {f"s0001/s0001_9{number:04d}_0_0_0_0_0_01.png": b"" for number in range(11)}
    path = write_zip(tmp_path / "mrl.zip", mrl_members() | bad)
    with pytest.raises(
        DataError, match=r"11 of the 29 files of .*\n  11 × the file is empty: s0001/"
    ):
        MrlEyes(path).write(tmp_path / "sets" / "mrl")
    assert list((tmp_path / "sets").iterdir()) == []


@pytest.mark.parametrize("members", [{}, {"readme.txt": b"hello"}])
def test_importer_refuses_when_no_picture_is_good(
    tmp_path: Path, members: dict[str, bytes]
) -> None:
    path = write_zip(tmp_path / "mrl.zip", members)
    with pytest.raises(DataError, match="holds no picture that belongs to mrl"):
        MrlEyes(path).write(tmp_path / "sets" / "mrl")
    assert not (tmp_path / "sets" / "mrl").exists()


def test_importer_leaves_nothing_behind_when_the_zip_is_truncated(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "mrl.zip", mrl_members())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="truncated"):
        MrlEyes(path).write(tmp_path / "sets" / "mrl")
    assert not (tmp_path / "sets").exists()


_LIMITED = """
import resource, sys
from pathlib import Path
from blink.contract import BlinkError
from blink.data.importers.mrl import MrlEyes

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    MrlEyes(Path(sys.argv[1])).write(Path(sys.argv[2]))
except BlinkError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def test_importer_leaves_nothing_behind_when_the_quota_ends_within_the_first_block(
    tmp_path: Path,
) -> None:
    path = write_zip(tmp_path / "mrl.zip", mrl_members(4, 20))
    assert path.stat().st_size > 30_000
    folder = tmp_path / "sets" / "mrl"
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "StorageError: No space left to write" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "sets").iterdir()) == []
    assert (MrlEyes(path).write(folder).folder / FILE).is_file()
