import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError, InputSpec, StorageError
from blink.data import packed
from blink.data.manifest import FILE, Manifest
from blink.data.packed import PackedCrops
from blink.runtime.preprocessing import pixels
from tests.data.drawing import crowd, data_set

SPEC = InputSpec(16, 20)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return data_set(tmp_path_factory.mktemp("sets") / "set", crowd(20, 5))


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
    monkeypatch.setattr(packed, "_packed", None)
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
    monkeypatch.setattr(packed, "pixels", lambda crop, spec: 255 - pixels(crop, spec))
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
    assert list(tmp_path.iterdir()) == [path]


def test_packed_names_the_row_when_a_picture_is_damaged(tmp_path: Path) -> None:
    broken = data_set(tmp_path / "set", crowd(2))
    path = broken.folder / FILE
    image = list(broken.encoded())[3]
    path.write_bytes(path.read_bytes().replace(image, b"\0" * len(image)))
    with pytest.raises(DataError, match=rf"row 3 \({broken.table['id'][3]}\) cannot be packed"):
        PackedCrops.open(broken, SPEC, tmp_path / "packed")
    assert list((tmp_path / "packed").iterdir()) == []


def test_packed_ends_in_storage_error_when_a_write_fails(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(packed, "_write", full)
    with pytest.raises(StorageError, match="No space left to write"):
        PackedCrops.open(manifest, SPEC, tmp_path)
    assert list(tmp_path.iterdir()) == []


_LIMITED = """
import resource, sys
from pathlib import Path
from blink.contract import BlinkError, InputSpec
from blink.data.manifest import read_manifest
from blink.data.packed import PackedCrops

manifest = read_manifest(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    PackedCrops.open(manifest, InputSpec(16, 20), Path(sys.argv[2]))
except BlinkError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def test_packed_leaves_nothing_behind_when_the_quota_ends_in_the_middle(
    manifest: Manifest, tmp_path: Path
) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(manifest.folder), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "StorageError: No space left to write" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert len(PackedCrops.open(manifest, SPEC, tmp_path).array) == 100
