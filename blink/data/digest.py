"""What a table of crops says, as one hash; and whether an id stands in it twice."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Self

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import compute

from blink.contract import StorageError
from blink.data.schema import COLUMNS


class Digest:
    """Hash over every column of every crop in order, but the picture, for which its hash stands.

    Each row counts as one line of text, columns parted by tabs, a null empty, floats by their bits:
    the same on every machine, however the rows came in batches.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256("\t".join(COLUMNS).encode())

    def update(self, batch: arrow.Table | arrow.RecordBatch) -> None:
        """Takes in further rows."""
        cells = [_as_text(batch.column(name)) for name in COLUMNS]
        lines = compute.binary_join_element_wise(
            *cells, "\n", "\t", null_handling="replace", null_replacement=""
        )
        for chunk in getattr(lines, "chunks", [lines]):
            offsets = np.frombuffer(chunk.buffers()[1], np.int32)
            first, last = offsets[chunk.offset], offsets[chunk.offset + len(chunk)]
            self._hash.update(memoryview(chunk.buffers()[2])[first:last])

    def fingerprint(self) -> str:
        """The hash so far."""
        return self._hash.hexdigest()[:16]


@contextmanager
def _as_data_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Whether an id stands twice cannot be found out: no temporary file can be written "
            f"({error.strerror}). Free some space for them, or name another folder: TMPDIR=FOLDER."
        ) from error


class Ids:
    """Finds ids that stand twice among any number of rows: eight bytes of temporary disk each.

    Raises:
        StorageError: Temporary files cannot be written; so do both methods.
    """

    def __init__(self) -> None:
        with _as_data_errors():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what a full disk has not taken counts no more
            self._file.close()

    @_as_data_errors()
    def update(self, ids: Iterable[str]) -> None:
        """Takes in further rows."""
        keys = pd.util.hash_array(np.array(list(ids), object), categorize=False)
        self._file.write(keys.tobytes())

    @_as_data_errors()
    def repeated(self) -> tuple[int, int] | None:
        """Two rows that share an id; None if all differ."""
        keys = _mapped(self._file)
        with tempfile.TemporaryFile() as copy:
            copy.write(keys.data)  # numpy's own writer does not say why it failed
            rising = _mapped(copy)
            rising.sort()  # within the file: the kernel may drop its pages at any time
            twice = rising[1:][rising[1:] == rising[:-1]]
            if not len(twice):
                return None
            first, second = np.flatnonzero(keys == twice[0])[:2]
            return int(first), int(second)


def _mapped(file: IO[bytes]) -> NDArray[np.uint64]:
    file.flush()
    return np.memmap(file, np.uint64, "r+")


def _as_text(column: arrow.Array | arrow.ChunkedArray) -> arrow.Array | arrow.ChunkedArray:
    if arrow.types.is_floating(column.type):
        if isinstance(column, arrow.ChunkedArray):
            column = column.combine_chunks()
        column = column.cast(arrow.float32()).view(arrow.int32())
    return column.cast(arrow.string())
