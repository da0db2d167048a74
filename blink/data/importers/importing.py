"""What all importers share: source in, manifest out, bad pictures counted, listed and skipped."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from blink.data.archive import Archive, find_archive, open_archive
from blink.data.depth import HELP, check_bits
from blink.data.importers.blocks import Import
from blink.data.importers.faults import printable
from blink.data.importers.picture import Picture, Skip
from blink.data.manifest import Manifest, WriteExtraFiles


@dataclass(frozen=True)
class Importer(ABC):
    """A foreign data set on disk; a `collection.Source`.

    A subclass is a frozen dataclass whose fields are its options, each with its help in
    `metadata`, and says in `pictures` what its source holds; everything else is here. A module of
    this package that defines one is found by `blink.data.importers.listing`, and is a command
    then: `blink data import KIND`.

    Attributes:
        path: The source. Not read before `key` or `write` is called.
        kind: Its name on the command line.
        home: Where the source can be had.
        unit: What its pictures are to the source, for messages.
        version: Raised whenever the importer reads the same source otherwise.
        bits: How many of 16 the camera of deep pictures has, see `decode_foreign`.
    """

    path: Path
    bits: int | None = field(
        default=None,
        kw_only=True,
        metadata={"help": HELP},
    )

    kind: ClassVar[str]
    home: ClassVar[str] = "where it came from"
    unit: ClassVar[str] = "file"
    version: ClassVar[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        check_bits(self.bits)

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.kind

    @abstractmethod
    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """What the source holds, lazily and always in the same order.

        Args:
            archive: The folder or zip that the pictures are read from.
            skip: To be called for whatever cannot be used; a few faults are no reason to stop.

        Raises:
            DataError: The source as a whole cannot be trusted.
        """

    @property
    def root(self) -> Path:
        """The folder or zip that `Picture.member` is read from."""
        return self.path

    def open(self) -> AbstractContextManager[Archive]:
        """Opens what `Picture.member` is read from.

        Raises:
            DataError: It is missing or not safe to read.
        """
        return open_archive(self.root, self.home)

    def content(self, archive: Archive) -> str:
        """Hash of what is imported, for the key.

        Raises:
            DataError: The source cannot be read.
        """
        return archive.key()

    @property
    def options(self) -> dict[str, Any]:
        """All options but where the source lies, as JSON-ready values."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "path"}
        if self.bits is None:
            del values["bits"]  # as before there was such an option: keys and versions stay
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
        }

    @property
    def remedy(self) -> str:
        """What to do where too much of the source is bad."""
        return f"Is it the right source? Mend it, or get it again from {self.home}."

    @property
    def is_available(self) -> bool:
        """Whether the source is where it is looked for."""
        return find_archive(self.path) is not None

    @property
    def key(self) -> str:
        """Hash of the importer's version, its options and the source's content.

        Raises:
            ConfigError: What was asked for does not fit the source.
            DataError: The source is missing or not safe to read.
        """
        with self.open() as archive:
            content = self.content(archive)
        what = f"{self.kind}-{self.version}-{content}"
        options = "".join(f"-{name}={value!r}" for name, value in sorted(self.options.items()))
        return hashlib.sha256((what + options).encode()).hexdigest()[:12]

    def write(self, folder: Path, finish: WriteExtraFiles | None = None) -> Manifest:
        """Imports the source into a data set, in the order of `pictures`, in constant memory.

        An import that was stopped, even by a power cut, goes on where it was when it is called
        again; what it has read so far lies in a hidden folder beside `folder`.

        Args:
            folder: Where the data set is to stand; an older one there is replaced.
            finish: See `write_manifest`; called when all else lies beside the manifest.

        Raises:
            ConfigError: What was asked for does not fit the source.
            DataError: The source is missing or cannot be trusted, or more than 1 % of its
                pictures (and more than a handful) are bad.
            StorageError: The disk is full.
        """
        with self.open() as archive:
            what = {"kind": self.kind, "importer": self.version, **self.options}
            where = printable(str(self.path))
            running = Import(self.name, where, self.unit, self.remedy, archive, folder, self.bits)
            return running.write(self.pictures(archive, running.skip), what, finish)
