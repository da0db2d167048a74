"""An import in blocks: each is kept as soon as it is read, so that a stopped import goes on."""

import csv
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as arrow
from filelock import FileLock, Timeout
from pyarrow import parquet
from tqdm import tqdm

from blink.contract import ConfigError, Crop, CropError, DataError, StorageError, atomic_file
from blink.contract.wording import plural
from blink.data.archive import Archive
from blink.data.history.card import write_card
from blink.data.history.versions import record_version
from blink.data.images import LARGEST_SIDE, advice, decode_foreign, encode_png
from blink.data.importers.faults import list_faults, printable
from blink.data.importers.picture import Box, Picture
from blink.data.manifest import Manifest, WriteExtraFiles, write_tables
from blink.data.parallel import in_parallel
from blink.data.row import Row, make_row
from blink.data.schema import ARROW
from blink.data.spreadsheet import inert
from blink.runtime.crops import check_crop

log = logging.getLogger(__name__)

SKIPPED = "skipped.csv"
"""Beside the manifest: which pictures were skipped and why; missing where none was."""
_BLOCK = 8192
_LARGEST_PHOTO = 8192
"""Pixels a side of a photograph that eyes are cut from."""
_BAD_SHARE, _BAD_HANDFUL = 0.01, 10
"""A good source holds at most this share of bad pictures, or a handful."""


@dataclass(frozen=True)
class Import:
    """An import on its way from a source to a data set.

    Blocks of pictures are kept in a hidden folder beside the data set, each named by the hash of
    all that went into it: names, columns, and size and time of the files. A stopped import finds
    them again; what was mended or changed in between makes another name, and is read again.

    Attributes:
        dataset: Name of the data set.
        where: The source, for messages.
        unit: What its pictures are to it, such as a file or a row, for messages.
        remedy: What to do where too many are bad, for messages.
        archive: Where the pictures are read from.
        folder: Where the data set is to stand.
        bits: How many of 16 the camera of deep pictures has, see `decode_foreign`.
    """

    dataset: str
    where: str
    unit: str
    remedy: str
    archive: Archive
    folder: Path
    bits: int | None = None
    _skipped: list[tuple[str, str]] = field(default_factory=list)

    def skip(self, member: str, fault: str) -> None:
        """Notes what cannot be used."""
        self._skipped.append((printable(member), printable(fault)))

    def write(
        self,
        pictures: Iterator[Picture],
        options: Mapping[str, Any],
        finish: WriteExtraFiles | None = None,
    ) -> Manifest:
        """Reads all pictures and writes the data set.

        Args:
            pictures: In a fixed order.
            options: How they were asked for; goes into the version's record.
            finish: See `write_manifest`.

        Raises:
            ConfigError: What was asked for does not fit the source.
            DataError: Too many pictures are bad, or there are none, or another process imports into
                the same folder.
            StorageError: The disk is full.
        """
        place = parts_of(self.folder)
        try:
            with _alone(self.folder):
                return self._write(pictures, options, finish)
        except (KeyboardInterrupt, StorageError):
            if any(place.glob("*.parquet")):
                log.warning(
                    "What was read of %s so far lies in %s. The same command goes on from there.",
                    *(self.where, place),
                )
            else:
                shutil.rmtree(place, ignore_errors=True)
            raise

    def _write(
        self,
        pictures: Iterator[Picture],
        options: Mapping[str, Any],
        finish: WriteExtraFiles | None,
    ) -> Manifest:
        def put_beside(temporary: Path, fingerprint: str) -> None:
            self._list_skipped(temporary)
            record_version(temporary, fingerprint, "import", options)
            write_card(temporary, fingerprint)
            if finish is not None:
                finish(temporary, fingerprint)

        try:
            parts, good = self._read_all(pictures, parts_of(self.folder))
            manifest = write_tables(self.folder, _tables(parts, good), put_beside)
        except (ConfigError, DataError):
            shutil.rmtree(parts_of(self.folder), ignore_errors=True)
            raise
        shutil.rmtree(parts_of(self.folder), ignore_errors=True)
        return manifest

    def _read_all(self, pictures: Iterator[Picture], place: Path) -> tuple[list[Path], int]:
        """Where the blocks lie, and how many good pictures are in them."""
        parts, good = [], 0
        with tqdm(desc=f"Importing {self.dataset}", unit="crop") as bar:
            for block in _blocks(pictures):
                part = place / f"{self._hash(block)}.parquet"
                if (found := _found_in(part)) is None:
                    self._read(block, part)
                    found = _found_in(part)
                if found is None:
                    raise StorageError(f"{part} cannot be read right after it was written.")
                rows, skipped = found
                parts.append(part)
                good += rows
                for member, fault in skipped:
                    self.skip(member, fault)
                bar.update(len(block))
                self._judge(good, 0.5)
        self._judge(good, _BAD_SHARE)
        return parts, good

    def _hash(self, block: list[Picture]) -> str:
        digest = hashlib.sha256(self.dataset.encode())
        for picture in block:
            content = (
                self.archive.stamp(picture.member)
                if picture.encoded is None
                else hashlib.sha256(picture.encoded).hexdigest()
            )
            columns = sorted(picture.columns.items())
            place = (picture.member, picture.box, picture.size, self.bits)
            said = (picture.source, columns, place, content)
            digest.update(repr(said).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]

    def _read(self, block: list[Picture], part: Path) -> None:
        skipped: list[tuple[str, str]] = []
        with atomic_file(part) as temporary, _writer(temporary) as writer:
            results = in_parallel(self._row, block, len(block), "")
            while some := list(islice(results, 1024)):
                rows = [result for result in some if isinstance(result, dict)]
                skipped += [result for result in some if not isinstance(result, dict)]
                writer.write_table(arrow.Table.from_pylist(rows, ARROW))
            writer.add_key_value_metadata({"skipped": json.dumps(skipped)})

    def _row(self, picture: Picture) -> Row | tuple[str, str]:
        try:
            encoded = picture.encoded or self.archive.read(picture.member)
            largest = LARGEST_SIDE if picture.box is None else _LARGEST_PHOTO
            crop, is_other = decode_foreign(encoded, self.bits, largest)
            if picture.box is not None:
                crop = _cut(crop, picture.box, picture.size)
            check_crop(crop)
            if is_other or picture.box is not None:
                encoded = encode_png(crop)
            return make_row(self.dataset, picture.source, encoded, crop, **picture.columns)
        except (DataError, CropError) as error:
            member = picture.member or picture.source
            return member, f"{error}{advice(member)}"

    def _judge(self, good: int, share: float) -> None:
        bad = len(self._skipped)
        faults = f"\n{list_faults(self._skipped)}" if bad else ""
        if not good and not bad:
            raise DataError(
                f"{self.where} holds no picture that belongs to {self.dataset}: not one "
                f"{self.unit}. Is it the right source?"
            )
        if not good:
            raise DataError(
                f"{self.where} holds no picture that belongs to {self.dataset} "
                f"({plural(bad, f'bad {self.unit}')}). {self.remedy}{faults}"
            )
        if bad > _BAD_HANDFUL and bad > share * (good + bad):
            raise DataError(
                f"{bad:,} of the {plural(good + bad, self.unit)} of {self.where} are bad: too many "
                f"to trust the rest. {self.remedy}{faults}"
            )

    def _list_skipped(self, place: Path) -> None:
        if not self._skipped:
            return
        log.warning(
            "%s: skipped %s of %s, listed in %s; the first: %s: %s",
            *(self.dataset, plural(len(self._skipped), f"bad {self.unit}"), self.where, SKIPPED),
            *self._skipped[0],
        )
        path = place / SKIPPED  # a name may be no text at all, which is why it stands in here
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("member", "fault"))
            writer.writerows((inert(member), fault) for member, fault in sorted(self._skipped))


def parts_of(folder: Path) -> Path:
    """Where an import into a folder keeps what it has read so far."""
    return folder.with_name(f".{folder.name}.parts")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second import into the same folder out; the lock ends with its process."""
    lock = FileLock(parts_of(folder) / "lock")
    try:
        parts_of(folder).mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise DataError(f"Another import into {folder} is running. Wait until it ends.") from None
    except OSError as error:
        raise StorageError(f"Could not write beside {folder}: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()


def _writer(path: Path) -> parquet.ParquetWriter:
    return parquet.ParquetWriter(path, ARROW, write_page_checksum=True)


def _blocks(pictures: Iterator[Picture]) -> Iterator[list[Picture]]:
    while block := list(islice(pictures, _BLOCK)):
        yield block


def _found_in(part: Path) -> tuple[int, list[tuple[str, str]]] | None:
    """Rows of a block, and what was skipped of it; None where it is missing or damaged."""
    try:
        metadata = parquet.read_metadata(part)
        skipped = json.loads(metadata.metadata[b"skipped"])
        return metadata.num_rows, [(member, fault) for member, fault in skipped]
    except (arrow.ArrowException, OSError, KeyError, TypeError, ValueError):
        return None


def _tables(parts: list[Path], rows: int) -> Iterator[arrow.Table]:
    with tqdm(total=rows, desc="Writing", unit="crop", leave=False) as bar:
        for part in parts:
            for table in _groups(part):
                yield table
                bar.update(len(table))


def _groups(part: Path) -> Iterator[arrow.Table]:
    try:
        file = parquet.ParquetFile(part, page_checksum_verification=True)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)
    except (arrow.ArrowException, OSError) as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{part} was damaged since it was written ({error}), and is removed. Import again."
        ) from error


def _cut(picture: Crop, box: Box, size: tuple[int, int] | None) -> Crop:
    x, y, width, height = box
    rows, columns = picture.shape[:2]
    if size not in (None, (columns, rows)):
        raise DataError(f"it has {columns}×{rows} pixels, its box was drawn on {size}")
    if not (0 <= x < x + width <= columns and 0 <= y < y + height <= rows):
        raise DataError(f"the box {box} does not lie within its {columns}×{rows} pixels")
    return picture[y : y + height, x : x + width]
