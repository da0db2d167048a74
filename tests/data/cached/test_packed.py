import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError, InputSpec, StorageError
from blink.data.cached import packed, packing
from blink.data.cached.packed import PackedCrops
from blink.data.manifest import FILE, Manifest, write_manifest
from blink.runtime.preprocessing import pixels
from tests.data.drawing import crowd, data_set, rows
from tests.small_files import files_of_at_most

SPEC = InputSpec(16, 20)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return data_set(tmp_path_factory.mktemp("sets") / "set", crowd(20, 5))


def left(folder: Path) -> list[Path]:
    """What lies there, beside locks."""
    return [path for path in folder.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("spec", [SPEC, InputSpec(32, 32, colour="rgb")])
def test_packed_holds_what_the_one_preprocessing_makes_when_opened(
    manifest: Manifest, tmp_path: Path, spec: InputSpec
) -> None:
    array = PackedCrops.open(manifest, spec, tmp_path).array
    assert array.shape == (100, spec.height, spec.width, spec.channels)
    for row, crop in zip(array, manifest.crops(), strict=True):
        assert np.array_equal(row, pixels(crop, spec))


def test_packed_is_mapped_and_read_only_when_opened(manifest: Manifest, tmp_path: Path) -> None:
    array = PackedCrops.open(manifest, SPEC, tmp_path).array
    assert isinstance(array, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0


def test_packed_is_not_made_again_when_it_is_there(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = PackedCrops.open(manifest, SPEC, tmp_path)
    monkeypatch.setattr(packed, "_pack", None)
    assert PackedCrops.open(manifest, SPEC, tmp_path).path == first.path


def test_packed_has_a_file_for_each_when_spec_data_or_preprocessing_differ(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = data_set(tmp_path / "other", crowd(3))
    paths = {
        PackedCrops.open(manifest, SPEC, tmp_path).path,
        PackedCrops.open(manifest, InputSpec(20, 16), tmp_path).path,
        PackedCrops.open(other, SPEC, tmp_path).path,
    }
    for module in (packed, packing):
        monkeypatch.setattr(module, "pixels", lambda crop, spec: 255 - pixels(crop, spec))
    inverse = PackedCrops.open(manifest, SPEC, tmp_path)
    assert inverse.path not in paths
    assert len(paths) == 3
    crop = next(manifest.crops())
    assert np.array_equal(inverse.array[0], 255 - pixels(crop, SPEC))


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:60],
        lambda raw: b"",
        lambda raw: raw + b"x",
        lambda raw: raw.replace(b"'|u1'", b"'|i1'"),
        lambda raw: raw.replace(b"(100, 16, 20, 1)", b"(100, 20, 16, 1)"),
    ],
)
def test_packed_is_made_anew_when_the_file_is_damaged(
    manifest: Manifest, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = PackedCrops.open(manifest, SPEC, tmp_path).path
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert path.read_bytes() != good
    PackedCrops.open(manifest, SPEC, tmp_path)
    assert path.read_bytes() == good
    assert left(tmp_path) == [path]


def test_packed_names_the_row_when_a_picture_is_none(tmp_path: Path) -> None:
    good = rows("drawn", crowd(2))
    good[3]["image"] = b"no picture"
    broken = write_manifest(tmp_path / "set", good)
    with pytest.raises(DataError, match=rf"row 3 \({good[3]['id']}\) cannot be packed"):
        PackedCrops.open(broken, SPEC, tmp_path / "packed")
    assert left(tmp_path / "packed") == []


def test_packed_says_so_when_the_manifest_was_damaged_after_it_was_opened(tmp_path: Path) -> None:
    broken = data_set(tmp_path / "set", crowd(2))
    path = broken.folder / FILE
    image = list(broken.encoded())[3]
    path.write_bytes(path.read_bytes().replace(image, b"\0" * len(image)))
    with pytest.raises(DataError, match=r"row group 0 is damaged .* import the data set again"):
        PackedCrops.open(broken, SPEC, tmp_path / "packed")
    assert left(tmp_path / "packed") == []


def test_packed_ends_in_storage_error_when_a_write_fails(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(packing, "_write", full)
    with pytest.raises(StorageError, match="No space left to write"):
        PackedCrops.open(manifest, SPEC, tmp_path)
    assert left(tmp_path) == []


def test_packed_leaves_nothing_behind_when_the_quota_ends_in_the_middle(
    manifest: Manifest, tmp_path: Path
) -> None:
    with files_of_at_most(20_000), pytest.raises(StorageError, match="No space left to write"):
        PackedCrops.open(manifest, SPEC, tmp_path)
    assert left(tmp_path) == []
    assert len(PackedCrops.open(manifest, SPEC, tmp_path).array) == 100


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """So many tiny crops that several processes pack them, six pieces in all."""
    tiles = rows("drawn", crowd(4))
    many = (tiles[number % 16] | {"id": f"{number:016x}"} for number in range(6000))
    return write_manifest(tmp_path_factory.mktemp("sets") / "large", many)


def test_packed_is_the_same_when_several_processes_pack(
    large: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "cores", lambda: 2)
    together = PackedCrops.open(large, SPEC, tmp_path / "together")
    monkeypatch.setattr(packed, "cores", lambda: 1)
    alone = PackedCrops.open(large, SPEC, tmp_path / "alone")
    assert np.array_equal(together.array, alone.array)
    assert together.path.read_bytes() == alone.path.read_bytes()


def test_packed_names_the_row_when_another_process_found_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = rows("drawn", crowd(1))[0]
    many = [tile | {"id": f"{number:016x}"} for number in range(5000)]
    many[4900]["image"] = b"no picture"
    broken = write_manifest(tmp_path / "set", many)
    monkeypatch.setattr(packed, "cores", lambda: 2)
    with pytest.raises(DataError, match=rf"row 4900 \({4900:016x}\) cannot be packed"):
        PackedCrops.open(broken, SPEC, tmp_path / "packed")
    assert left(tmp_path / "packed") == []


_SLOW = """
import sys, time
from pathlib import Path
from blink.contract import InputSpec
from blink.data.cached import packed, packing
from blink.data.manifest import read_manifest

packed.cores = lambda: 1
quick = packing._pack

def slow(*what):
    print("packing", flush=True)
    time.sleep(float(sys.argv[3]))
    return quick(*what)

packing._pack = slow
packed.PackedCrops.open(read_manifest(Path(sys.argv[1])), InputSpec(16, 20), Path(sys.argv[2]))
"""


def builder(manifest: Manifest, folder: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that packs and takes so long over each piece."""
    command = [sys.executable, "-c", _SLOW, str(manifest.folder), str(folder), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_packed_is_made_by_one_when_two_processes_want_it_at_once(
    large: Manifest, tmp_path: Path
) -> None:
    with builder(large, tmp_path, 0.3) as first, builder(large, tmp_path, 0.3) as second:
        said = [process.communicate(timeout=60)[0].split() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(map(len, said)) == [0, 6]  # the one that waited did nothing
    assert len(left(tmp_path)) == 1


def test_packed_is_made_when_its_builder_was_killed(large: Manifest, tmp_path: Path) -> None:
    with builder(large, tmp_path, 60) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "packing\n"
        killed.kill()
    assert len(left(tmp_path)) == 1  # half a file, by another name
    done = PackedCrops.open(large, SPEC, tmp_path)
    assert left(tmp_path) == [done.path]
    crop = next(large.crops([5999]))
    assert np.array_equal(done.array[5999], pixels(crop, SPEC))
