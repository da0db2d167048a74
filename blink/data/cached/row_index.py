"""Which rows of a manifest train, validate and test: mapped arrays that are made once."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from numpy.typing import NDArray
from tqdm import tqdm

from blink.contract import atomic_folder
from blink.data.cached.get_or_create import get_or_create
from blink.data.cached.mapped import MemmapArray, NpyWriter, read_mapped
from blink.data.manifest import Manifest
from blink.data.split import ROLES, Split

_FORMAT = 2
"""Counts up when the files change their meaning."""

_ALL = {"labels": np.int8, "datasets": np.int16, "openness": np.float32}
_TRAIN = {"group": np.int32, "weight": np.float32}
_GROUPS = {"dataset": np.int16, "label": np.int8, "crops": np.int64, "weight": np.float64}
_SHAPES = "index.json"


@dataclass(frozen=True)
class RowIndex:
    """A folder of .npy files; whatever is asked for is mapped, so that processes share it.

    Attributes:
        folder: Where they lie.
        datasets: Names of the data sets, by code.
    """

    folder: Path
    datasets: tuple[str, ...]

    @classmethod
    def open(cls, manifest: Manifest, split: Split, folder: Path) -> "RowIndex":
        """Opens the index of a manifest and a split, and makes it first where it is missing.

        Args:
            manifest: The data set.
            split: Its people's roles.
            folder: Where indexes are kept; the name says of which data and which split.

        Raises:
            DataError: The split was made for another manifest.
            StorageError: The disk is full; nothing is left behind.
        """
        path = folder / f"{manifest.fingerprint}-{split.fingerprint}-{_FORMAT}"

        def make(path: Path) -> None:
            with atomic_folder(path, stale_after=0) as temporary:
                _write(manifest, split, temporary)

        return get_or_create(path, _read, make)

    def mapped(self, name: str) -> MemmapArray:
        """One of the files, for a dataset that travels to other processes."""
        return MemmapArray(self.folder / f"{name}.npy")

    def rows(self, role: str) -> NDArray[np.int64]:
        """Rows of the manifest whose label is known and whose person has this role, rising."""
        return self.mapped(role).array

    def half_closed(self, role: str) -> NDArray[np.int64]:
        """Rows of this role that have an openness and no label, rising: no label fits them.

        With those of `rows` that have an openness, too, they are what openness is learnt from.
        """
        return self.mapped(half_closed_name(role)).array

    def labels(self) -> NDArray[np.int8]:
        """Of every row of the manifest: 1 closed, 0 open, -1 not known."""
        return self.mapped("labels").array

    def openness(self) -> NDArray[np.float32]:
        """Of every row of the manifest: 0 closed to 1 wide open, NaN where nobody knows."""
        return self.mapped("openness").array

    def codes(self) -> NDArray[np.int16]:
        """Data set of every row of the manifest: its place in `datasets`."""
        return self.mapped("datasets").array

    def group(self) -> NDArray[np.int32]:
        """Of every training row the crops of one person and class that it belongs to."""
        return self.mapped("group").array

    def weight(self) -> NDArray[np.float32]:
        """`label_weight` of every training row."""
        return self.mapped("weight").array

    def groups(self) -> dict[str, NDArray[Any]]:
        """Of every group: code of its data set, label, number of crops, sum of label_weight."""
        return {name: self.mapped(f"group_{name}").array for name in _GROUPS}


def half_closed_name(role: str) -> str:
    """The file of `RowIndex.half_closed`, for `RowIndex.mapped`."""
    return f"{role}_half_closed"


def _read(path: Path) -> RowIndex | None:
    """The index in a folder, or None unless each of its files is exactly what it should be."""
    try:
        content = json.loads((path / _SHAPES).read_bytes())
        lengths, datasets = content["lengths"], tuple(content["datasets"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for name, dtype in _types().items():
        if read_mapped(path / f"{name}.npy", dtype, (lengths.get(name),)) is None:
            return None
    return RowIndex(path, datasets)


def _types() -> dict[str, Any]:
    groups = {f"group_{name}": dtype for name, dtype in _GROUPS.items()}
    rows = (*ROLES, *map(half_closed_name, ROLES))
    return dict.fromkeys(rows, np.int64) | _ALL | _TRAIN | groups


@dataclass
class _Groups:
    """The crops of one person and class, counted while the rows pass by."""

    code_of: dict[tuple[int, str | None, int], int] = field(default_factory=dict)
    crops: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    weight: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def count(
        self,
        datasets: NDArray[np.int64],
        subjects: arrow.Array,
        labels: NDArray[np.int64],
        weights: NDArray[np.float32],
    ) -> NDArray[np.int64]:
        """Group of each of some rows. People unknown, a null, are one person."""
        coded = subjects.dictionary_encode("encode")
        names = coded.dictionary.to_pylist()
        people = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        keys = (datasets * len(names) + people) * 2 + labels
        unique, place = np.unique(keys, return_inverse=True)
        groups = np.empty(len(unique), np.int64)
        for number, key in enumerate(unique.tolist()):
            dataset, person = divmod(key // 2, len(names))
            name = dataset, names[person], key % 2
            groups[number] = self.code_of.setdefault(name, len(self.code_of))
        more = len(self.code_of) - len(self.crops)
        self.crops = np.pad(self.crops, (0, more))
        self.weight = np.pad(self.weight, (0, more))
        self.crops[groups] += np.bincount(place, minlength=len(unique))
        self.weight[groups] += np.bincount(place, weights, len(unique))
        return groups[place]


def _write(manifest: Manifest, split: Split, folder: Path) -> None:
    codes = {name: code for code, name in enumerate(manifest.datasets)}
    groups = _Groups()
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(NpyWriter(folder / f"{name}.npy", dtype))
            for name, dtype in _types().items()
        }
        for batch, roles in _batches(manifest, split):
            start = len(files["labels"])
            known = batch["label"].is_valid().to_numpy(zero_copy_only=False)
            labels = batch["label"].fill_null(-1).to_numpy().astype(np.int64)
            datasets = _coded(batch["dataset"], codes)
            openness = batch["openness"].cast(arrow.float32()).to_numpy(zero_copy_only=False)
            half = ~known & ~np.isnan(openness)
            files["labels"].extend(labels)
            files["datasets"].extend(datasets)
            files["openness"].extend(openness)
            for code, role in enumerate(ROLES):
                files[role].extend(start + np.flatnonzero(known & (roles == code)))
                files[half_closed_name(role)].extend(start + np.flatnonzero(half & (roles == code)))
            train = np.flatnonzero(known & (roles == ROLES.index("train")))
            weights = batch["label_weight"].to_numpy()[train]
            subjects = batch["subject"].take(arrow.array(train))
            files["group"].extend(groups.count(datasets[train], subjects, labels[train], weights))
            files["weight"].extend(weights)
        keys = np.array([(d, label) for d, _, label in groups.code_of], np.int64).reshape(-1, 2)
        files["group_dataset"].extend(keys[:, 0])
        files["group_label"].extend(keys[:, 1])
        files["group_crops"].extend(groups.crops)
        files["group_weight"].extend(groups.weight)
        lengths = {name: len(file) for name, file in files.items()}
    content = {"datasets": manifest.datasets, "lengths": lengths}
    (folder / _SHAPES).write_text(json.dumps(content), encoding="utf-8")


def _batches(
    manifest: Manifest, split: Split
) -> Iterator[tuple[arrow.RecordBatch, NDArray[np.int8]]]:
    """Rows in order, and the code of each one's role: its place in `ROLES`."""
    batches = manifest.batches(["dataset", "subject", "label", "label_weight", "openness"])
    with tqdm(total=len(manifest), desc="Indexing", unit="crop", leave=False) as bar:
        for batch, roles in zip(batches, split.roles(manifest), strict=True):
            yield batch, roles
            bar.update(len(batch))


def _coded(names: arrow.Array, codes: dict[str, int]) -> NDArray[np.int64]:
    coded = names.dictionary_encode()
    table = np.array([codes[name] for name in coded.dictionary.to_pylist()], np.int64)
    indices: NDArray[np.int32] = coded.indices.to_numpy()
    return table[indices]
