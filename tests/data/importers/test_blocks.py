from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock

from blink.contract import DataError
from blink.data.archive import Archive
from blink.data.history.versions import lineage_of
from blink.data.images import decode_foreign, encode_png
from blink.data.importers import blocks
from blink.data.importers.mrl import MrlEyes
from blink.data.importers.picture import Picture, Skip
from tests.data.drawing import eye, mrl_members, write_folder


@dataclass(frozen=True)
class Stopping(MrlEyes):
    """Is stopped when it has read eight pictures."""

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        yield from islice(super().pictures(archive, skip), 8)
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 4)


def _parts(folder: Path) -> list[Path]:
    return sorted((folder.parent / ".set.parts").glob("*.parquet"))


def _deep_members() -> dict[str, bytes]:
    """Pictures of a camera with 10 bits in files of 16."""
    levels = [eye(seed, True, side=64).astype(np.uint16) * 4 + 3 for seed in range(18)]
    return {
        name: cv2.imencode(".png", picture)[1].tobytes()
        for name, picture in zip(sorted(mrl_members())[1:], levels, strict=True)
    }


def _stopped(folder: Path, bits: int | None = None) -> None:
    with pytest.raises(KeyboardInterrupt):
        Stopping(folder, bits=bits).write(folder.parent / "set")
    assert not (folder.parent / "set").exists()
    assert len(_parts(folder)) == 2


def test_import_reads_nothing_twice_when_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "mrl", mrl_members())
    whole = MrlEyes(folder).write(tmp_path / "whole")
    _stopped(folder)
    decoded: list[bytes] = []

    def counting(encoded: bytes, bits: int | None, largest_side: int) -> object:
        decoded.append(encoded)
        return decode_foreign(encoded, bits, largest_side)

    monkeypatch.setattr(blocks, "decode_foreign", counting)
    resumed = MrlEyes(folder).write(tmp_path / "set")
    assert len(decoded) == len(whole) - 8
    assert resumed.fingerprint == whole.fingerprint
    assert list(resumed.encoded()) == list(whole.encoded())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mrl", "set", "whole"]


def test_import_reads_a_block_again_when_one_of_its_files_was_mended(tmp_path: Path) -> None:
    members = mrl_members()
    name = next(member for member in sorted(members) if member.endswith(".png"))
    folder = write_folder(tmp_path / "mrl", members | {name: b"broken"})
    _stopped(folder)
    (folder / name).write_bytes(members[name])
    assert len(MrlEyes(folder).write(tmp_path / "set")) == len(members) - 1
    assert not (tmp_path / "set" / blocks.SKIPPED).exists()


def test_import_reads_a_block_again_when_other_bits_are_said(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mrl", _deep_members())
    _stopped(folder, bits=10)
    manifest = MrlEyes(folder, bits=12).write(tmp_path / "set")
    assert [crop.tolist() for crop in manifest.crops()] == [
        (eye(seed, True, side=64) // 4).tolist() for seed in range(18)
    ]


def test_import_remembers_what_was_skipped_when_it_goes_on(tmp_path: Path) -> None:
    members = mrl_members()
    name = next(member for member in sorted(members) if member.endswith(".png"))
    folder = write_folder(tmp_path / "mrl", members | {name: b"broken"})
    _stopped(folder)
    assert len(MrlEyes(folder).write(tmp_path / "set")) == len(members) - 2
    assert name in (tmp_path / "set" / blocks.SKIPPED).read_text()


def test_import_stops_early_when_most_pictures_are_bad(tmp_path: Path) -> None:
    members = dict.fromkeys(mrl_members(people=20), b"broken")
    good = next(name for name in sorted(members) if name.endswith(".png"))
    members[good] = encode_png(eye(0, True))
    with pytest.raises(DataError, match="11 of the 12 files"):
        MrlEyes(write_folder(tmp_path / "mrl", members)).write(tmp_path / "set")


def test_import_cuts_the_box_when_a_picture_has_one(tmp_path: Path) -> None:
    face = eye(3, True, side=64)

    @dataclass(frozen=True)
    class Boxed(MrlEyes):
        def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
            columns = {"subject": "a", "label": 1, "licence": "drawn"}
            yield Picture("good", columns, "face.png", box=(10, 20, 16, 12))
            yield Picture("outside", columns, "=face.png", box=(50, 20, 16, 12))

    members = dict.fromkeys(("face.png", "=face.png"), encode_png(face))
    manifest = Boxed(write_folder(tmp_path / "in", members)).write(tmp_path / "set")
    (crop,) = manifest.crops()
    assert (crop == face[20:32, 10:26]).all()
    skipped = (tmp_path / "set" / blocks.SKIPPED).read_text()
    assert "does not lie within its 64×64" in skipped
    assert skipped.splitlines()[1].startswith("'=face.png,")  # which no spreadsheet reckons


def test_import_keeps_eight_bits_when_it_is_said_how_many_the_camera_has(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mrl", _deep_members())
    with pytest.raises(DataError, match="4 × nearly all of its levels lie in the lowest quarter"):
        MrlEyes(folder).write(tmp_path / "set")
    manifest = MrlEyes(folder, bits=10).write(tmp_path / "set")
    assert [crop.tolist() for crop in manifest.crops()] == [
        eye(seed, True, side=64).tolist() for seed in range(18)
    ]
    assert lineage_of(manifest).head.options["bits"] == 10
    assert MrlEyes(folder, bits=10).key != MrlEyes(folder).key


@pytest.mark.parametrize("damage", [lambda raw: b"no parquet", lambda raw: raw[: len(raw) // 2]])
def test_import_reads_a_block_again_when_it_was_damaged(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    folder = write_folder(tmp_path / "mrl", mrl_members())
    whole = MrlEyes(folder).write(tmp_path / "whole")
    _stopped(folder)
    part = _parts(folder)[0]
    part.write_bytes(damage(part.read_bytes()))
    assert MrlEyes(folder).write(tmp_path / "set").fingerprint == whole.fingerprint


def test_import_is_refused_when_another_writes_to_the_same_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mrl", mrl_members())
    (tmp_path / ".set.parts").mkdir()
    alone = FileLock(tmp_path / ".set.parts" / "lock")
    with alone, pytest.raises(DataError, match="is running"):
        MrlEyes(folder).write(tmp_path / "set")
    assert len(MrlEyes(folder).write(tmp_path / "set")) == 18
