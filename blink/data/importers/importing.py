"""What all importers share: archive in, manifest out, bad pictures counted, listed and skipped."""

import csv
import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from blink.contract import CropError, DataError
from blink.data.archive import Archive, find_archive, open_archive
from blink.data.images import decode
from blink.data.manifest import Manifest, write_manifest
from blink.data.parallel import in_parallel
from blink.data.row import Row, make_row
from blink.runtime.preprocessing import check_crop

log = logging.getLogger(__name__)

SKIPPED = "skipped.csv"
"""Beside the manifest: which members were skipped and why; missing where none was."""
_BAD_SHARE, _BAD_HANDFUL = 0.01, 10
"""A good archive holds at most this share of bad pictures, or a handful."""


@dataclass(frozen=True)
class Picture:
    """What a member's name says about it.

    Attributes:
        source: The name without what depends on where the archive was extracted to; it makes the
            crop's id and its place in the manifest.
        columns: Columns of the manifest, see `make_row`.
    """

    source: str
    columns: dict[str, Any]


@dataclass(frozen=True)
class ArchivedEyes(ABC):
    """A data set in an archive whose file names say everything; a `collection.Source`.

    A subclass names the data set and reads one file name; everything else is here.

    Attributes:
        path: The zip as downloaded, or the folder that it was extracted to. Not touched before
            `key` or `write` is called.
        name: Name of the data set.
        home: Where the archive can be had.
        version: Raised whenever the importer reads the same archive otherwise.
    """

    path: Path

    name: ClassVar[str]
    home: ClassVar[str]
    version: ClassVar[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))

    @abstractmethod
    def picture(self, member: str) -> Picture | None:
        """What the name of a member says; None for a file that is known to be no picture.

        Raises:
            DataError: The name follows no known rule.
        """

    @property
    def is_available(self) -> bool:
        """Whether the archive is where it is looked for."""
        return find_archive(self.path) is not None

    @property
    def key(self) -> str:
        """Hash of the importer's version and of the archive's content.

        Raises:
            DataError: The archive is missing or not safe to read.
        """
        with open_archive(self.path, self.home) as archive:
            content = archive.key()
        return hashlib.sha256(f"{self.name}-{self.version}-{content}".encode()).hexdigest()[:12]

    def write(self, folder: Path) -> Manifest:
        """Imports the archive into a data set, sorted by `Picture.source`.

        Raises:
            DataError: The archive is missing or cannot be trusted, or more than 1 % of its
                pictures (and more than a handful) are bad.
            StorageError: The disk is full.
        """
        with open_archive(self.path, self.home) as archive:
            skipped: list[tuple[str, str]] = []
            pictures = self._pictures(archive, skipped)
            rows = self._rows(archive, pictures, skipped)
            return write_manifest(folder, rows, lambda place: self._list(skipped, place))

    def _pictures(
        self, archive: Archive, skipped: list[tuple[str, str]]
    ) -> list[tuple[str, Picture]]:
        found: dict[str, tuple[str, Picture]] = {}
        for member in archive.members:
            try:
                picture = self.picture(member)
            except DataError as error:
                skipped.append((member, str(error)))
                continue
            if picture is None:
                continue
            if picture.source in found:
                skipped.append((member, f"the same name as {found[picture.source][0]}"))
                continue
            found[picture.source] = (member, picture)
        return [found[source] for source in sorted(found)]

    def _rows(
        self,
        archive: Archive,
        pictures: list[tuple[str, Picture]],
        skipped: list[tuple[str, str]],
    ) -> Iterator[Row]:
        def read(named: tuple[str, Picture]) -> Row | tuple[str, str]:
            member, picture = named
            try:
                encoded = archive.read(member)
                crop = check_crop(decode(encoded))
                return make_row(self.name, picture.source, encoded, crop, **picture.columns)
            except (DataError, CropError) as error:
                return member, str(error)

        good = 0
        what = f"Importing {self.name}"
        for result in in_parallel(read, pictures, len(pictures), what):
            if isinstance(result, dict):
                good += 1
                yield result
            else:
                skipped.append(result)
        self._judge(good, skipped)

    def _judge(self, good: int, skipped: list[tuple[str, str]]) -> None:
        bad = len(skipped)
        example = f" The first: {skipped[0][0]}: {skipped[0][1]}." if skipped else ""
        if not good:
            raise DataError(
                f"{self.path} holds no picture that belongs to {self.name} ({bad} other files)."
                f"{example} Is it the right archive? It can be had from {self.home}."
            )
        if bad > _BAD_HANDFUL and bad > _BAD_SHARE * (good + bad):
            raise DataError(
                f"{bad} of the {good + bad} files of {self.path} are bad: too many to trust the "
                f"rest.{example} Download it again from {self.home}."
            )

    def _list(self, skipped: list[tuple[str, str]], place: Path) -> None:
        if not skipped:
            return
        log.warning(
            "%s: skipped %d bad files of %s, listed in %s; the first: %s: %s",
            *(self.name, len(skipped), self.path, SKIPPED, *skipped[0]),
        )
        with (place / SKIPPED).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("member", "fault"))
            writer.writerows(sorted(skipped))
