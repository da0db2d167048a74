"""The work of packing, piece by piece; apart from `packed`, since its processes need no pandas."""

from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import numpy as np
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet

from blink.contract import DataError, InputSpec
from blink.data.images import decode
from blink.runtime.preprocessing import pixels

_PIECE = 1024
"""Rows that are written at once."""


def pack_rows(
    source: Path, target: Path, spec: InputSpec, start: int, rows: range
) -> Iterator[int | DataError | OSError]:
    """Decodes and preprocesses rows of a manifest into their places of one file.

    Args:
        source: The manifest's Parquet file.
        target: A file that is there already; others may write other rows of it meanwhile.
        spec: Size and colour wanted.
        start: Where the first row's pixels stand in the file, in bytes.
        rows: Which rows, without gaps.

    Yields:
        The number of crops whenever some are done. Last of all, where something went wrong, the
        error: a picture that is damaged, or a disk that is full.
    """
    size = spec.height * spec.width * spec.channels
    file = parquet.ParquetFile(source, memory_map=True, page_checksum_verification=True)
    with target.open("rb+", buffering=0) as out:
        try:
            for first, table in _pieces(file, rows):
                # Plain writes, never through a map: a full disk is then an error, not a crash.
                _write(out, _pack(table, first, spec), start + first * size)
                yield len(table)
        except (DataError, OSError) as error:
            yield error


def _pieces(file: parquet.ParquetFile, rows: range) -> Iterator[tuple[int, arrow.Table]]:
    """The rows' pictures piece by piece, each with the number of its first row."""
    first = 0
    for group in range(file.num_row_groups):
        last = first + file.metadata.row_group(group).num_rows
        wanted = range(max(first, rows.start), min(last, rows.stop))
        if wanted:
            table = _read(file, group)
            for begin in wanted[::_PIECE]:
                length = min(_PIECE, wanted.stop - begin)
                yield begin, table.slice(begin - first, length)
        first = last


def _read(file: parquet.ParquetFile, group: int) -> arrow.Table:
    try:
        return file.read_row_group(group, columns=["id", "image"], use_threads=False)
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"row group {group} is damaged ({error})") from error


def _pack(table: arrow.Table, first: int, spec: InputSpec) -> NDArray[np.uint8]:
    crops = np.empty((len(table), spec.height, spec.width, spec.channels), np.uint8)
    for number, encoded in enumerate(table["image"].to_pylist()):
        try:
            crops[number] = pixels(decode(encoded), spec)
        except (DataError, ValueError) as error:
            raise DataError(
                f"row {first + number} ({table['id'][number]}) cannot be packed: {error}"
            ) from error
    return crops


def _write(file: FileIO, crops: NDArray[np.uint8], place: int) -> None:
    rest = crops.data.cast("B")
    file.seek(place)
    while rest:
        rest = rest[file.write(rest) :]
