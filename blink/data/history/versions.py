"""Where a data set came from: content-addressed versions with their parents, like git's commits.

`version.json` beside a manifest holds the version and all of its ancestors, so that the history can
be read when the parents' folders are gone. A split holds its own beside its table.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from pyarrow import parquet

from blink.contract import DataError, atomic_file
from blink.data.manifest import FILE as MANIFEST
from blink.data.manifest import Manifest, read_manifest

FILE: Final = "version.json"
"""Beside the manifest: its version and all of its ancestors."""
UNRECORDED: Final = "unrecorded"
"""Operation of a data set that was written without a record."""


@dataclass(frozen=True)
class Version:
    """One state of a data set, and what made it of which others.

    Attributes:
        id: Hash of all the rest, 12 hex digits; the parents by their ids.
        fingerprint: The manifest's; a split's own for a split.
        operation: What made it: import, merge, relabel, split …
        options: What it was told, JSON-ready; nothing of the machine or the time.
        parents: Ids of the versions that it was made of, in their order.
        crops: Number of crops.
        people: Number of people who are known.
        unknown: Number of crops whose person is not known.
    """

    id: str
    fingerprint: str
    operation: str
    options: Mapping[str, Any]
    parents: tuple[str, ...]
    crops: int
    people: int
    unknown: int


@dataclass(frozen=True)
class Lineage:
    """A version and its ancestors.

    Attributes:
        versions: The version itself first, every version before its parents, none twice.
    """

    versions: tuple[Version, ...]

    @property
    def head(self) -> Version:
        """The version itself."""
        return self.versions[0]

    def to_json(self) -> list[dict[str, Any]]:
        """JSON-ready values."""
        return [asdict(version) | {"parents": list(version.parents)} for version in self.versions]

    @classmethod
    def from_json(cls, values: Any, where: str) -> "Lineage":
        """The lineage of `to_json`'s values.

        Args:
            values: What was read.
            where: What to call it in an error.

        Raises:
            DataError: It is none, or something of it was changed since it was written.
        """
        try:
            versions = tuple(Version(**v | {"parents": tuple(v["parents"])}) for v in values)
            changed = [v.id for v in versions if v.id != _identity(v)]
            place = {version.id: number for number, version in enumerate(versions)}
            missing = {p for v in versions for p in v.parents if place.get(p, -1) <= place[v.id]}
            if not all(type(n) is int for v in versions for n in (v.crops, v.people, v.unknown)):
                raise ValueError("crops and people must be whole numbers")  # noqa: TRY301
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise DataError(f"{where} records no versions ({error}). {_REMEDY}") from error
        if changed or missing or not versions:
            fault = (
                f"{', '.join([*changed, *sorted(missing)])} do not match"
                if versions
                else "it is empty"
            )
            raise DataError(f"{where} was changed since it was written: {fault}. {_REMEDY}")
        return cls(versions)


_REMEDY = "Delete it, or make the data set again."


def record_version(
    folder: Path,
    fingerprint: str,
    operation: str,
    options: Mapping[str, Any],
    parents: Sequence[Path | Manifest] = (),
) -> Version:
    """Writes `version.json` beside a manifest; to be called from `write_manifest`'s `finish`.

    Args:
        folder: Where the manifest has been written.
        fingerprint: The manifest's.
        operation: What made it: import, merge, relabel …
        options: What it was told, JSON-ready. They are hashed, and so must not say where something
            lay on this machine, nor when.
        parents: The data sets that it was made of, or their folders.

    Raises:
        DataError: A parent is no data set, or its record does not belong to it.
        StorageError: The disk is full.
    """
    above = [lineage_of(parent) for parent in parents]
    lineage = derive(fingerprint, operation, options, above, _count(folder))
    with atomic_file(folder / FILE) as temporary:
        text = json.dumps(lineage.to_json(), indent=2, sort_keys=True, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    return lineage.head


def derive(
    fingerprint: str,
    operation: str,
    options: Mapping[str, Any],
    parents: Sequence[Lineage],
    counts: Mapping[str, int] | None = None,
) -> Lineage:
    """The lineage of something new that is made of others; for what has no manifest, a split.

    Args:
        fingerprint: Its own.
        operation: What made it.
        options: What it was told, see `record_version`.
        parents: The lineages of what it was made of.
        counts: Its `crops`, `people` and `unknown`; the first parent's if left out.
    """
    plain = json.loads(json.dumps(dict(options), sort_keys=True))
    ids = tuple(parent.head.id for parent in parents)
    if counts is None:
        first = parents[0].head
        counts = {"crops": first.crops, "people": first.people, "unknown": first.unknown}
    unnamed = Version("", fingerprint, operation, plain, ids, **counts)
    head = Version(**asdict(unnamed) | {"id": _identity(unnamed), "parents": ids})
    return Lineage((head, *_ordered(parents)))


def lineage_of(data_set: Path | Manifest) -> Lineage:
    """Where a data set came from; one without a record is the first of its line.

    Args:
        data_set: A manifest, or the folder of one.

    Raises:
        DataError: It is no data set, or its record is damaged or belongs to another manifest.
    """
    manifest = read_manifest(data_set) if isinstance(data_set, Path) else data_set
    path = manifest.folder / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return derive(manifest.fingerprint, UNRECORDED, {}, (), _count(manifest.folder))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}). {_REMEDY}") from error
    lineage = Lineage.from_json(_parsed(text, path), str(path))
    if lineage.head.fingerprint != manifest.fingerprint:
        raise DataError(
            f"{path} records the manifest {lineage.head.fingerprint}, but beside it lies "
            f"{manifest.fingerprint}: the data set was changed by something else. {_REMEDY}"
        )
    return lineage


def lineage_of_split(path: Path) -> Lineage:
    """Where a split came from: what the JSON file beside its CSV file says under `version`.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    beside = path.with_suffix(".json")
    try:
        found = _parsed(beside.read_text("utf-8"), beside)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{beside} cannot be read ({error}), and only it says where {path} came from. Make the "
            "split again: blink data split"
        ) from error
    if not isinstance(found, dict) or "version" not in found:
        raise DataError(f"{beside} says nothing of versions. Make the split again.")
    return Lineage.from_json(found["version"], str(beside))


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{path} is no JSON ({error}). {_REMEDY}") from error


def _identity(version: Version) -> str:
    counts = [version.crops, version.people, version.unknown]
    hashed = [version.fingerprint, version.operation, version.options, version.parents, counts]
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _ordered(parents: Sequence[Lineage]) -> list[Version]:
    """All ancestors, each once, none before a version that was made of it."""
    found = {version.id: version for parent in parents for version in parent.versions}
    order: TopologicalSorter[str] = TopologicalSorter()
    for parent in parents:
        order.add(parent.head.id)
    for version in found.values():
        for name in version.parents:
            order.add(name, version.id)
    return [found[name] for name in order.static_order()]


def _count(folder: Path) -> dict[str, int]:
    """Crops, people and crops of nobody known, streamed."""
    crops, unknown = 0, 0
    people: set[tuple[str, str]] = set()
    with parquet.ParquetFile(folder / MANIFEST) as file:
        for batch in file.iter_batches(columns=["dataset", "subject"], batch_size=2**16):
            crops += len(batch)
            unknown += batch["subject"].null_count
            pairs = batch.to_pandas().dropna().drop_duplicates()
            people.update(zip(pairs["dataset"], pairs["subject"], strict=True))
    return {"crops": crops, "people": len(people), "unknown": unknown}
