"""Data as a person names them at a prompt: a folder, or a collection of the configs."""

from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from blink.contract import ConfigError
from blink.contract.places import CONF, cache
from blink.data.collection import Collection
from blink.data.manifest import FILE, Manifest, read_manifest
from blink.data.split import Split, everybody_tested, is_of_older


def open_data(names: Sequence[str], splits: Sequence[Path]) -> list[tuple[Manifest, Split]]:
    """Opens data sets with the roles of their people.

    Args:
        names: Folders that `blink data` made, or files in `conf/data/collection`, without ending.
        splits: Of the folders, from `blink data split`; each finds its own.

    Raises:
        ConfigError: There is no such thing, a folder has no split or two, or a split no folder.
        DataError: Something is there that cannot be trusted.
    """
    tables = {path: Split.parse(path) for path in splits}
    opened = [_of_folder(Path(name), tables) or _of_collection(name) for name in names]
    fingerprints = {manifest.fingerprint for manifest, _ in opened}
    for path, table in tables.items():
        if table.manifest not in fingerprints:
            raise ConfigError(
                f"{path} was made for the data set {table.manifest}, which is none of those that "
                f"--data names ({', '.join(sorted(fingerprints))}). Name that one with --data."
            )
    return opened


def open_whole(names: Sequence[str], splits: Sequence[Path]) -> list[tuple[Manifest, Split]]:
    """Opens folders of data sets, everybody in which is to be tested.

    Args:
        names: Folders that `blink data` made.
        splits: Must be none: they would say that some are not tested.

    Raises:
        ConfigError: There is a split, or a name is no such folder.
        DataError: A folder cannot be trusted.
    """
    if splits:
        raise ConfigError(
            f"--judged all judges everybody, and {splits[0]} says who is tested. Leave one of "
            "them out."
        )
    for name in names:
        if not (Path(name) / FILE).is_file():
            raise ConfigError(
                f"--judged all judges everybody in a folder with {FILE}, which `blink data` makes; "
                f"{name} is none. The collections of the configs say who is tested: leave it out."
            )
    manifests = [read_manifest(Path(name)) for name in names]
    return [(manifest, everybody_tested(manifest)) for manifest in manifests]


def collections() -> list[str]:
    """Names of the configured collections; none where the repository is not at hand."""
    return sorted(path.stem for path in (CONF / "data" / "collection").glob("*.yaml"))


def kept_splits() -> Path:
    """Where collections keep the splits that they made."""
    return cache() / "splits"


def _of_folder(folder: Path, tables: dict[Path, Split]) -> tuple[Manifest, Split] | None:
    if not (folder / FILE).is_file():
        return None
    manifest = read_manifest(folder)
    own = [path for path, table in tables.items() if table.manifest == manifest.fingerprint]
    if len(own) != 1:
        found = f"{len(own)} of the splits are" if own else "no split is"
        raise ConfigError(
            f"{folder}: {found} made for this data set ({manifest.fingerprint}); exactly one says "
            f"who of its people is tested. {_way_out(folder, manifest, tables, bool(own))}"
        )
    return manifest, Split.read(own[0], manifest)


def _way_out(folder: Path, manifest: Manifest, tables: dict[Path, Split], is_there: bool) -> str:
    if is_there:
        return "Name that one alone with --split."
    command = f"blink data split {folder} --out SPLIT.csv"
    for path, table in tables.items():
        if is_of_older(table, manifest):
            return (
                f"{path} was made for an older version of it: {command} --like {path} gives "
                "everybody the same role. Name that one with --split."
            )
    return (
        f"Make one ({command}; with --like OLD.csv where another version of the data set has one, "
        "so that everybody keeps the same role) and name it with --split."
    )


def _of_collection(name: str) -> tuple[Manifest, Split]:
    there = collections()
    if name not in there:
        listed = (
            f"a collection of conf/data/collection: {', '.join(there)}"
            if there
            else "(in the repository) a collection of conf/data/collection"
        )
        raise ConfigError(
            f"There are no data {name!r}. Name a folder with {FILE}, which `blink data` makes, or "
            f"{listed}."
        )
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", overrides=[f"data/collection={name}"])
        collection: Collection = instantiate(cfg.data.collection)
    return collection.prepare()
