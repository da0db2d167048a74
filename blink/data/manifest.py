import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
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

from blink.contract import Crop, DataError, whole_folder
from blink.data.images import decode
from blink.data.row import Row
from blink.data.schema import ARROW, COLUMNS, checked, repeated_id

FILE = "manifest.parquet"
_ROW_GROUP = 1024


@dataclass(frozen=True)
class Manifest:
    """A data set: a folder with one table, one row per crop, the encoded picture within the row.

    Attributes:
        folder: Where `manifest.parquet` lies.
        table: All columns but the pictures, checked.
        fingerprint: Hash over every crop's identity, content, person and label.
    """

    folder: Path
    table: pd.DataFrame
    fingerprint: str

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def _file(self) -> parquet.ParquetFile:
        return parquet.ParquetFile(self.folder / FILE, memory_map=True)

    def encoded(self, rows: Sequence[int] | NDArray[np.int64] | None = None) -> Iterator[bytes]:
        """The picture files of the given rows (all rows if none are named), in that order.

        Reads one row group at a time, so that memory stays constant for rows in rising order.
        """
        wanted = range(len(self)) if rows is None else rows
        group, pictures = -1, None
        for row in wanted:
            if row // _ROW_GROUP != group:
                group = row // _ROW_GROUP
                pictures = self._file.read_row_group(group, columns=["image"])["image"]
            assert pictures is not None  # noqa: S101 - the first row always reads its group
            yield pictures[int(row % _ROW_GROUP)].as_py()

    def crops(self, rows: Sequence[int] | NDArray[np.int64] | None = None) -> Iterator[Crop]:
        """The decoded pictures of the given rows: uint8 (H, W) or RGB (H, W, 3)."""
        return map(decode, self.encoded(rows))


def write_manifest(
    folder: Path, rows: Iterable[Row], finish: Callable[[Path], None] | None = None
) -> Manifest:
    """Writes a data set whole, in constant memory, and reads it back.

    Args:
        folder: Where the data set is to stand; an older one there is replaced.
        rows: From `make_row`, in the order that the data set is to have.
        finish: Called after the last row with the folder before it is put in place, to write
            further files beside the manifest.

    Raises:
        DataError: A row breaks the schema, an id stands twice, or there are no rows.
        StorageError: The disk is full.
    """
    seen: set[str] = set()
    with whole_folder(folder) as temporary:
        with parquet.ParquetWriter(temporary / FILE, ARROW, compression="NONE") as writer:
            stream = iter(rows)
            while batch := list(islice(stream, _ROW_GROUP)):
                writer.write_table(_to_arrow(batch, folder, seen), row_group_size=_ROW_GROUP)
        if not seen:
            raise DataError(f"{folder}: no crops to write. Is the source empty?")
        if finish is not None:
            finish(temporary)
    return read_manifest(folder)


def _to_arrow(rows: Sequence[Row], folder: Path, seen: set[str]) -> arrow.Table:
    table = pd.DataFrame([{n: row.get(n) for n in COLUMNS} for row in rows], columns=list(COLUMNS))
    unknown = {key for row in rows for key in row} - set(ARROW.names)
    if unknown:
        raise DataError(f"{folder}: unknown columns {sorted(unknown)}.")
    table = checked(table, str(folder), first_row=len(seen))
    for number, name in enumerate(table["id"], start=len(seen)):
        if name in seen:
            raise repeated_id(str(folder), number, name)
    seen.update(table["id"])
    return arrow.Table.from_pandas(
        table.assign(image=[row["image"] for row in rows]), schema=ARROW, preserve_index=False
    )


def read_manifest(folder: Path) -> Manifest:
    """Opens a data set and checks every row of it.

    Raises:
        DataError: There is no manifest, it is damaged, or a row breaks the schema.
    """
    path = folder / FILE
    try:
        found = parquet.read_schema(path).names
        missing = set(ARROW.names) - set(found)
        if missing:
            raise DataError(f"{path} lacks the columns {sorted(missing)}. Import it again.")
        file = parquet.read_table(path, columns=list(COLUMNS), memory_map=True)
    except FileNotFoundError:
        raise DataError(f"{path} is missing: {folder} is no data set. Import it first.") from None
    except (arrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is damaged ({error}). Delete {folder}, import again.") from error
    table = checked(file.to_pandas(), str(path))
    return Manifest(folder, table, fingerprint(table))


def fingerprint(table: pd.DataFrame) -> str:
    """Hash over identity, content, person and label of every crop, in order."""
    digest = hashlib.sha256()
    for values in zip(*(table[c] for c in ("id", "content_hash", "subject", "label")), strict=True):
        digest.update("\t".join(map(str, values)).encode() + b"\n")
    return digest.hexdigest()[:16]


def merge(folder: Path, parts: Sequence[Manifest]) -> Manifest:
    """One data set from several, in the order given; ids and people must not collide.

    Raises:
        DataError: Two parts hold the same data set.
    """
    names = [name for part in parts for name in part.table["dataset"].unique()]
    if len(names) != len(set(names)):
        raise DataError(f"Cannot merge: a data set stands twice among {names}.")
    rows = (row for part in parts for row in _rows(part))
    total = sum(len(part) for part in parts)
    return write_manifest(folder, tqdm(rows, "Merging", total, unit="crop"))


def _rows(manifest: Manifest) -> Iterator[Row]:
    records = manifest.table.to_dict("records")
    for record, image in zip(records, manifest.encoded(), strict=True):
        known = {str(key): value for key, value in record.items() if pd.notna(value)}
        yield known | {"image": image}
