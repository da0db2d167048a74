import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from blink.contract import ConfigError, DataError
from blink.data.cached.get_or_create import get_or_create
from blink.data.manifest import FILE, Manifest, merge, read_manifest
from blink.data.split import Rule, Split
from blink.data.split.ledger import Ledger

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where crops come from: an archive with its importer, or the renderer."""

    @property
    def name(self) -> str:
        """Name of the data set."""
        ...

    @property
    def key(self) -> str:
        """Changes whenever the crops would."""
        ...

    @property
    def is_available(self) -> bool:
        """Whether it can be written; an archive may not have been downloaded."""
        ...

    def write(self, folder: Path) -> Manifest:
        """Writes the data set into a folder."""
        ...


@dataclass(frozen=True)
class Collection:
    """Sources merged into one data set, and who of its people trains, validates and tests.

    Attributes:
        sources: What is merged, in this order; a config gives a mapping, so that each has a name.
        split: Makes the table of people and roles, once; later runs read it.
        cache: Folder for imported data sets, splits and packed crops.
        ledgers: Folder where looks at the test people are counted, in one file for each data set
            and choice of test people, whatever else is merged with them; None counts none. It must
            outlast the cache.

    Raises:
        ConfigError: There are no sources, or one of them is none.
    """

    sources: Sequence[Source]
    split: Rule
    cache: Path
    ledgers: Path | None = None

    def __post_init__(self) -> None:
        sources = self.sources.values() if isinstance(self.sources, Mapping) else self.sources
        object.__setattr__(self, "sources", tuple(sources))
        object.__setattr__(self, "cache", Path(self.cache))
        if self.ledgers is not None:
            object.__setattr__(self, "ledgers", Path(self.ledgers))
        if not self.sources:
            raise ConfigError("A collection needs at least one source.")
        for source in self.sources:
            if not callable(getattr(source, "write", None)):
                raise ConfigError(
                    f"{source!r} is no source of crops. In a Hydra file, give the collection "
                    "`_convert_: all`, so that its sources stay the objects that they are."
                )

    @property
    def is_available(self) -> bool:
        """Whether all sources can be had; says which cannot."""
        missing = [source.name for source in self.sources if not source.is_available]
        if missing:
            log.info("Left out: %s is not in the folder that BLINK_DATA names", ", ".join(missing))
        return not missing

    def prepare(self) -> tuple[Manifest, Split]:
        """Imports, merges and splits what is not there yet.

        Raises:
            DataError: A source is missing or cannot be trusted.
            StorageError: The disk is full.
        """
        names = [f"{source.name}-{source.key}" for source in self.sources]
        folder = self.cache / "datasets"
        parts = [
            _get_or_create(folder / name, source.write)
            for name, source in zip(names, self.sources, strict=True)
        ]
        manifest = parts[0]
        if len(parts) > 1:
            manifest = _get_or_create(folder / "+".join(names), lambda path: merge(path, parts))
        return manifest, self._counted(self._split(manifest))

    def _counted(self, split: Split) -> Split:
        if self.ledgers is None or split.is_leaky:
            return split
        tested = {name: f"{name}-{split.people_hash(name, 'test')}" for name in split.held_out}
        return replace(
            split,
            ledgers={
                name: Ledger(self.ledgers / f"{people}.jsonl", people)
                for name, people in tested.items()
            },
        )

    def _split(self, manifest: Manifest) -> Split:
        rule = hashlib.sha256(repr(self.split).encode()).hexdigest()[:12]
        path = self.cache / "splits" / f"{manifest.fingerprint}-{rule}.csv"
        if path.is_file():
            try:
                return Split.read(path, manifest)
            except DataError as error:
                log.warning("%s Making it anew.", error)
        split = self.split.make(manifest)
        split.write(path)
        return split


def _get_or_create(folder: Path, write: Callable[[Path], Manifest]) -> Manifest:
    """The data set that an earlier run left; the first of several at once makes what is missing."""

    def make(folder: Path) -> None:
        log.info("Making data set %s", folder)
        write(folder)

    return get_or_create(folder, _whole, make)


def _whole(folder: Path) -> Manifest | None:
    if not (folder / FILE).is_file():
        return None
    try:
        return read_manifest(folder)
    except DataError as error:
        log.warning("%s", error)
        return None
