import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet
from tqdm import tqdm

from blink.contract import Crop, DataError, StorageError, atomic_folder
from blink.data import receipt
from blink.data.digest import Digest, Ids
from blink.data.images import decode
from blink.data.row import Row
from blink.data.schema import ARROW, COLUMNS, checked

FILE = "manifest.parquet"
_FINGERPRINT_KEY = b"blink.fingerprint"
"""Under this name the file holds its own fingerprint: page checksums leave out the page's head."""
_FRAME = 4096
"""Rows that are checked at once."""
_GROUP_ROWS, _GROUP_BYTES = 16_384, 2**25
"""A row group ends at so many rows or bytes: a reader holds one, and the list of all of them."""
_BATCH = 65_536
_LAYOUT = {
    "compression": "NONE",  # pictures are compressed already
    "use_dictionary": [name for name in COLUMNS if name not in ("id", "content_hash")],
    "write_statistics": False,  # nothing is looked up by value, and the footer stays small
    "write_page_checksum": True,
}

WriteExtraFiles = Callable[[Path, str], None]
"""Writes further files beside a manifest: gets their folder and the fingerprint."""


@dataclass(frozen=True)
class Manifest:
    """A data set: a folder with one table, one row per crop, the encoded picture within the row.

    Attributes:
        folder: Where `manifest.parquet` lies.
        fingerprint: Hash over every column of every crop, see `blink.data.digest`.
        rows: Number of crops.
    """

    folder: Path
    fingerprint: str
    rows: int

    def __len__(self) -> int:
        return self.rows

    @cached_property
    def _file(self) -> parquet.ParquetFile:
        return _open(self.folder / FILE)

    @cached_property
    def table(self) -> pd.DataFrame:
        """All columns but the pictures, with their proper types; for up to a million crops.

        Raises:
            DataError: The manifest is damaged.
        """
        schema = arrow.schema([ARROW.field(name) for name in COLUMNS])
        batches = (batch.cast(schema) for batch in self.batches(COLUMNS))
        table = arrow.Table.from_batches(batches, schema)
        return checked(table.to_pandas(), str(self.folder / FILE))

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Names of the data sets in it, in the order of their first crop."""
        names: dict[str, None] = {}
        for batch in self.batches(["dataset"]):
            names |= dict.fromkeys(batch["dataset"].unique().to_pylist())
        return tuple(names)

    @cached_property
    def licences(self) -> tuple[str, ...]:
        """Under which its crops may be used, each once, by name."""
        found: set[str] = set()
        for batch in self.batches(["licence"]):
            found |= set(batch["licence"].unique().to_pylist())
        return tuple(sorted(found))

    def batches(self, columns: Sequence[str]) -> Iterator[arrow.RecordBatch]:
        """These columns of all rows, in order, some ten thousand rows at a time."""
        with _as_data_errors(self.folder / FILE):
            for batch in self._file.iter_batches(_BATCH, columns=list(columns)):
                yield batch.select(columns)

    def tables(self) -> Iterator[arrow.Table]:
        """Whole rows, pictures included, in order, some thousand at a time; see `write_tables`."""
        with _as_data_errors(self.folder / FILE):
            for group in range(self._file.num_row_groups):
                yield self._file.read_row_group(group)

    def encoded(self, rows: Sequence[int] | NDArray[np.int64] | None = None) -> Iterator[bytes]:
        """The picture files of the given rows (all rows if none are named), in that order.

        Reads one row group at a time, so that memory stays constant for rows in rising order.

        Raises:
            DataError: The manifest is damaged.
        """
        wanted = range(len(self)) if rows is None else rows
        held, pictures = -1, None
        for row in wanted:
            group = int(np.searchsorted(self._starts, row, "right")) - 1
            if pictures is None or group != held:
                held = group
                with _as_data_errors(self.folder / FILE):
                    pictures = self._file.read_row_group(group, columns=["image"])["image"]
            yield pictures[int(row - self._starts[group])].as_py()

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """First row of every row group."""
        metadata = self._file.metadata
        sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        return np.cumsum([0, *sizes[:-1]], dtype=np.int64)

    def crops(self, rows: Sequence[int] | NDArray[np.int64] | None = None) -> Iterator[Crop]:
        """The decoded pictures of the given rows: uint8 (H, W) or RGB (H, W, 3)."""
        return map(decode, self.encoded(rows))


def write_manifest(
    folder: Path, rows: Iterable[Row], finish: WriteExtraFiles | None = None
) -> Manifest:
    """Writes a data set whole, in constant memory.

    Args:
        folder: Where the data set is to stand; an older one there is replaced.
        rows: From `make_row`, in the order that the data set is to have.
        finish: Called after the last row, before the folder is put in place.

    Raises:
        DataError: A row breaks the schema, an id stands twice, or there are no rows.
        StorageError: The disk is full.
    """
    return _write(folder, _framed(folder, rows), finish)


def write_tables(
    folder: Path, tables: Iterable[arrow.Table], finish: WriteExtraFiles | None = None
) -> Manifest:
    """As `write_manifest`, from whole tables such as `Manifest.tables` gives."""
    framed = ((table.drop_columns("image").to_pandas(), table["image"]) for table in tables)
    return _write(folder, framed, finish)


def merge(
    folder: Path, parts: Sequence[Manifest], finish: WriteExtraFiles | None = None
) -> Manifest:
    """One data set from several, in the order given; ids and people must not collide.

    Raises:
        DataError: Two parts hold the same data set.
    """
    names = [name for part in parts for name in part.datasets]
    if len(names) != len(set(names)):
        raise DataError(
            f"Cannot merge: a data set stands twice among {', '.join(names)}. If they are "
            "different data sets under one name, import one again under another: --dataset NAME, "
            "for the kinds of source that have it."
        )

    def tables() -> Iterator[arrow.Table]:
        with tqdm(total=sum(len(part) for part in parts), desc="Merging", unit="crop") as bar:
            for table in (table for part in parts for table in part.tables()):
                yield table
                bar.update(len(table))

    return write_tables(folder, tables(), finish)


def _framed(
    folder: Path, rows: Iterable[Row]
) -> Iterator[tuple[pd.DataFrame, arrow.Array | arrow.ChunkedArray]]:
    stream = iter(rows)
    while batch := list(islice(stream, _FRAME)):
        if unknown := {key for row in batch for key in row} - set(ARROW.names):
            raise DataError(f"{folder}: unknown columns {sorted(unknown)}.")
        columns = {name: [row.get(name) for row in batch] for name in COLUMNS}
        images = arrow.array([row["image"] for row in batch], arrow.binary())
        yield pd.DataFrame(columns, dtype=object), images


def _write(
    folder: Path,
    framed: Iterable[tuple[pd.DataFrame, arrow.Array | arrow.ChunkedArray]],
    finish: WriteExtraFiles | None,
) -> Manifest:
    digest, rows = Digest(), 0
    held: list[arrow.Table] = []
    with Ids() as ids, atomic_folder(folder) as temporary:
        with parquet.ParquetWriter(temporary / FILE, ARROW, **_LAYOUT) as writer:
            for frame, images in framed:
                good = checked(frame, str(folder), first_row=rows)
                table = arrow.Table.from_pandas(
                    good, arrow.schema(list(ARROW)[:-1]), preserve_index=False
                ).append_column(ARROW.field("image"), images)
                digest.update(table)
                ids.update(good["id"])
                rows += len(good)
                held.append(table)
                if _fill_a_group(held):
                    _write_group(writer, held)
            _write_group(writer, held)
            writer.add_key_value_metadata({_FINGERPRINT_KEY: digest.fingerprint()})
        if not rows:
            raise DataError(f"{folder}: no crops to write. Is the source empty?")
        _refuse_repeated(str(folder), ids)
        if finish is not None:
            finish(temporary, digest.fingerprint())
    manifest = Manifest(folder, digest.fingerprint(), rows)
    receipt.leave(folder / FILE, receipt.state(folder / FILE), manifest.fingerprint, rows)
    return manifest


def _fill_a_group(tables: Sequence[arrow.Table]) -> bool:
    size = sum(table["image"].nbytes for table in tables)
    return sum(map(len, tables)) >= _GROUP_ROWS or size >= _GROUP_BYTES


def _write_group(writer: parquet.ParquetWriter, held: list[arrow.Table]) -> None:
    """Writes tables as one row group, and forgets them."""
    if held:
        table = arrow.concat_tables(held)
        writer.write_table(table, row_group_size=len(table))
        held.clear()


def read_manifest(folder: Path) -> Manifest:
    """Opens a data set, and checks every row of it unless that was done and nothing has changed.

    Raises:
        DataError: There is no manifest, it is damaged, or a row breaks the schema.
        StorageError: It cannot be read, or there is no room to check it.
    """
    path = folder / FILE
    if not path.is_file():
        raise DataError(f"{path} is missing: {folder} is no data set. Import it first.")
    if known := receipt.find(path):
        return Manifest(folder, *known)
    with Ids() as ids, _as_data_errors(path):
        state = receipt.state(path)
        missing = set(ARROW.names) - set(parquet.read_schema(path).names)
        if missing:
            raise DataError(f"{path} lacks the columns {sorted(missing)}. Import it again.")
        digest, rows = Digest(), 0
        for batch in _open(path).iter_batches(_BATCH, columns=list(COLUMNS)):
            good = checked(batch.to_pandas(), str(path), first_row=rows)
            digest.update(batch.select(COLUMNS).cast(arrow.schema(list(ARROW)[:-1])))
            ids.update(good["id"])
            rows += len(good)
        if not rows:
            raise DataError(f"{path} holds no crops. Import it again.")
        _refuse_repeated(str(path), ids)
        sealed = (parquet.read_metadata(path).metadata or {}).get(_FINGERPRINT_KEY)
    if sealed is not None and sealed.decode(errors="replace") != digest.fingerprint():
        raise DataError(
            f"{path} is damaged (it says other than what was written). Delete {path.parent}, "
            "import again."
        )
    receipt.leave(path, state, digest.fingerprint(), rows)
    return Manifest(folder, digest.fingerprint(), rows)


def _refuse_repeated(where: str, ids: Ids) -> None:
    if twice := ids.repeated():
        raise DataError(
            f"{where}: row {twice[1]} repeats the id of row {twice[0]}: the same source twice."
        )


def _open(path: Path) -> parquet.ParquetFile:
    with _as_data_errors(path):
        return parquet.ParquetFile(path, memory_map=True, page_checksum_verification=True)


@contextmanager
def _as_data_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the system's, not Arrow's
            fault = os.strerror(error.errno)
            raise StorageError(f"{path} cannot be read: {fault}.") from error
        raise DataError(
            f"{path} is damaged ({error}). Delete {path.parent}, import again."
        ) from error
