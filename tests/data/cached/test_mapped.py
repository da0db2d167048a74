from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from blink.data.cached.mapped import NpyWriter, read_mapped, write_npy


def test_npy_file_is_what_numpy_reads_when_it_grew_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "column.npy"
    write_npy(path, np.int16, [np.array([1, 2]), np.array([], np.int64), np.array([-3])])
    array = np.load(path)
    assert (array.tolist(), array.dtype) == ([1, 2, -3], np.int16)


def test_npy_file_is_empty_when_nothing_came(tmp_path: Path) -> None:
    write_npy(tmp_path / "column.npy", np.float64, [])
    assert np.load(tmp_path / "column.npy").shape == (0,)


def test_npy_writer_counts_what_it_holds(tmp_path: Path) -> None:
    with NpyWriter(tmp_path / "column.npy", np.int8) as writer:
        writer.extend(np.zeros(3))
        writer.extend(np.zeros(2))
        assert len(writer) == 5


def test_read_mapped_gives_a_read_only_map_when_the_file_is_right(tmp_path: Path) -> None:
    path = tmp_path / "column.npy"
    write_npy(path, np.int8, [np.arange(4)])
    for shape in ((4,), None):
        array = read_mapped(path, np.int8, shape)
        assert isinstance(array, np.memmap)
        assert array.tolist() == [0, 1, 2, 3]
        assert not array.flags.writeable


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: raw[:60],
        lambda raw: b"",
        lambda raw: raw.replace(b"'|i1'", b"'|u1'"),
        lambda raw: raw.replace(b"(4,)", b"(3,)"),
    ],
)
def test_read_mapped_gives_nothing_when_the_file_is_damaged(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "column.npy"
    write_npy(path, np.int8, [np.arange(4)])
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert path.read_bytes() != good
    assert read_mapped(path, np.int8, (4,)) is None
    assert read_mapped(tmp_path / "missing.npy", np.int8, (4,)) is None
