"""Arrays that lie in .npy files: written by plain writes, read by mapping, never loaded."""

from collections.abc import Iterable
from functools import cached_property
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class MemmapArray:
    """A mapped array that travels to other processes by its path; a memmap would travel by value.

    Args:
        path: The .npy file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[type["MemmapArray"], tuple[Path]]:
        return MemmapArray, (self.path,)

    @cached_property
    def array(self) -> NDArray[Any]:
        """The array, read-only."""
        array: NDArray[Any] = np.load(self.path, mmap_mode="r")
        return array


def read_mapped(path: Path, dtype: DTypeLike, shape: tuple[int, ...] | None) -> NDArray[Any] | None:
    """The file's array, mapped, or None unless it is exactly what it should be.

    Args:
        path: The .npy file.
        dtype: What its values must be.
        shape: Of how many values; None for any number in one row.
    """
    try:
        array: object = np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError):
        return None
    if not isinstance(array, np.memmap) or array.dtype != dtype:
        return None
    fits = array.ndim == 1 if shape is None else array.shape == shape
    return array if fits and array.offset + array.nbytes == path.stat().st_size else None


def header(dtype: DTypeLike, shape: tuple[int, ...]) -> bytes:
    """The first bytes of the .npy file of an array; as many for any length of the first axis."""
    head = BytesIO()
    description = np.lib.format.dtype_to_descr(np.dtype(dtype))
    np.lib.format.write_array_header_1_0(
        head, {"descr": description, "fortran_order": False, "shape": shape}
    )
    return head.getvalue()


class NpyWriter:
    """A .npy file of one axis that grows by plain writes: a full disk is an error, not a crash.

    Args:
        path: Where it is to stand.
        dtype: Of its values.
    """

    def __init__(self, path: Path, dtype: DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._file = path.open("wb")
        self._file.write(header(self._dtype, (0,)))
        self._length = 0

    def __enter__(self) -> "NpyWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file as file:
            file.seek(0)
            file.write(header(self._dtype, (self._length,)))

    def extend(self, values: NDArray[Any]) -> None:
        """Appends values, converted to the file's type."""
        self._file.write(values.astype(self._dtype, copy=False).tobytes())
        self._length += len(values)

    def __len__(self) -> int:
        return self._length


def write_npy(path: Path, dtype: DTypeLike, parts: Iterable[NDArray[Any]]) -> None:
    """Writes a .npy file of one axis, part by part.

    Raises:
        OSError: The disk is full.
    """
    with NpyWriter(path, dtype) as writer:
        for part in parts:
            writer.extend(part)
