"""The table of roles: what a split is once it is made, whatever rule made it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc
from numpy.typing import NDArray

from blink.contract import ConfigError, DataError, atomic_file
from blink.data.manifest import Manifest
from blink.data.split.check import check_clips, check_crops, check_people
from blink.data.split.ledger import Ledger
from blink.data.split.mending import mend_split

ROLES: Final = ("train", "val", "test")
TRAIN, VAL, TEST, ASIDE = 0, 1, 2, -1
"""Roles as numbers; a crop set aside is neither trained, validated nor tested on."""

PEOPLE: Final = ["dataset", "subject", "role", "fold"]
CROPS: Final = ["id", "role", "fold"]
HEAD_PEOPLE: Final = "# people of manifest "
HEAD_CROPS: Final = "# LEAKY: crops, not people, of manifest "
HEAD_SENSOR: Final = "# sensor left out: "
SEALED: Final = "# sealed: looks at its test people are counted in the ledger beside it"
_HEADS: Final = (HEAD_PEOPLE, HEAD_CROPS, HEAD_SENSOR)

_CODES: Final = {"train": TRAIN, "val": VAL, "test": TEST, "aside": ASIDE}
_MOST_NAMES = 12


@dataclass(frozen=True, eq=False)
class Split:
    """The table of people and roles; of a leaky split, the table of crops and roles.

    Attributes:
        table: One row per person: `dataset`, `subject` (empty for all of its crops whose person is
            not known), `role` (train, val, test, aside) and `fold` (null for people who are in
            none). Of a leaky split one row per crop, in the manifest's order: `id`, `role`, `fold`.
        manifest: Fingerprint of the manifest that it was made for.
        sensor: Test people are tested on this sensor's crops alone, and nobody else has any; crops
            of test people on other sensors, and of sensors not known, are set aside. None where
            the sensor plays no part.
        ledgers: Data set → where looks at its test people are counted; none where they are not.
    """

    table: pd.DataFrame
    manifest: str
    sensor: str | None = None
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)

    @property
    def is_leaky(self) -> bool:
        """Whether crops were dealt out instead of people: the same eyes train and test."""
        return "id" in self.table.columns

    @cached_property
    def fingerprint(self) -> str:
        """Hash over everybody's role, the manifest and the sensor left out."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]

    def text(self) -> str:
        """The table as CSV; lines before it, with a `#`, name the manifest and say what it is."""
        head = f"{HEAD_CROPS if self.is_leaky else HEAD_PEOPLE}{self.manifest}\n"
        if self.sensor is not None:
            head += f"{HEAD_SENSOR}{self.sensor}\n"
        return head + self.table.to_csv(index=False, lineterminator="\n")

    def write(self, path: Path) -> None:
        """Writes the table as CSV, whole.

        Raises:
            StorageError: The disk is full.
        """
        with atomic_file(path) as temporary:
            temporary.write_text(self.text(), encoding="utf-8", newline="")

    @classmethod
    def read(cls, path: Path, manifest: Manifest) -> "Split":
        """Reads a table that `write` wrote and checks it against the manifest.

        Raises:
            DataError: It is missing, damaged, or made for another manifest; a person has no role
                or two; a clip crosses roles; it is sealed and its ledger is not there.
        """
        split = cls.parse(path)
        split.check(manifest, str(path))
        return split

    @classmethod
    def parse(cls, path: Path) -> "Split":
        """As `read`, without a manifest to check it against.

        Raises:
            DataError: It is missing or damaged; it is sealed and its ledger is not there; the
                ledger beside it is of another split, or counts looks though it is not sealed.
        """
        try:
            lines = path.read_text("utf-8").split("\n")  # however an editor ends its lines
            heads = list(takewhile(lambda line: line.startswith("#"), lines))
            body = StringIO("\n".join(lines[len(heads) :]))
            table = pd.read_csv(body, dtype="string", keep_default_na=False)
            table["fold"] = table["fold"].replace("", pd.NA).astype("Int16")
        except FileNotFoundError:
            raise DataError(f"{path} is missing: there is no such split. Make it first.") from None
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{path} is no split, or a damaged one ({error}).") from error
        said = {start: [h[len(start) :] for h in heads if h.startswith(start)] for start in _HEADS}
        names = CROPS if said[HEAD_CROPS] else PEOPLE
        manifests = said[HEAD_PEOPLE] + said[HEAD_CROPS]
        if list(table.columns) != names or len(manifests) != 1:
            raise DataError(
                f"{path} is no split: its columns must be {', '.join(names)}, and its head must "
                "name one manifest."
            )
        split = cls(table, manifests[0], next(iter(said[HEAD_SENSOR]), None))
        is_sealed = SEALED in heads
        ledger = Ledger(ledger_path(path), split.fingerprint, must_exist=is_sealed)
        looks = ledger.looks()  # refuses a ledger that is missing, changed, or another split's
        if not is_sealed and looks:
            raise DataError(
                f"{path} is not sealed, but {ledger.path} counts looks at its test people: the "
                f"seal was taken off. Put the line back below the first one: {SEALED}"
            )
        if not is_sealed:
            return split
        return replace(split, ledgers=dict.fromkeys(split.held_out, ledger))

    def check(self, manifest: Manifest, where: str = "Split") -> None:
        """Checks that the split belongs to the manifest and separates its people.

        A leaky split separates nobody; it is only checked to be of the manifest's very crops.

        Raises:
            DataError: See `read`.
        """
        self.check_roles(manifest, where)
        if not self.is_leaky:
            check_clips(self.table, manifest, where)

    def check_roles(self, manifest: Manifest, where: str = "Split") -> None:
        """As `check`, but clips may cross roles: that all who are in the manifest have one role.

        Raises:
            DataError: It is another manifest's, a role is unknown, or a person (of a leaky split, a
                crop) has no role or two.
        """
        self._check_manifest(manifest, where)
        if unknown := set(self.table["role"].unique()) - set(_CODES):
            raise DataError(
                f"{where}: unknown roles {', '.join(sorted(unknown))}; there are "
                f"{', '.join(ROLES)}."
            )
        if self.is_leaky:
            check_crops(self.table, manifest, where)
        else:
            check_people(self.table, manifest, where)

    def roles(self, manifest: Manifest) -> Iterator[NDArray[np.int8]]:
        """The role of every crop as a number, batch by batch, in the manifest's order.

        Memory is constant.

        Yields:
            For each batch of `Manifest.batches` an array of TRAIN, VAL, TEST or ASIDE.

        Raises:
            DataError: The split was made for another manifest.
        """
        self._check_manifest(manifest, "Split")
        if self.is_leaky:
            start, crops = 0, self.table["role"].map(_CODES).to_numpy(np.int64)
            for batch in manifest.batches(["dataset"]):
                yield crops[start : start + len(batch)].astype(np.int8)
                start += len(batch)
            return
        columns = ["dataset", "subject", *(["sensor"] if self.sensor is not None else [])]
        for batch in manifest.batches(columns):
            codes = self._of_people(batch)
            yield codes if self.sensor is None else _on_sensor(codes, batch["sensor"], self.sensor)

    def rows(self, manifest: Manifest, role: str) -> NDArray[np.int64]:
        """Numbers of the manifest's rows that have this role, rising.

        Raises:
            DataError: The split was made for another manifest.
            ConfigError: There is no such role.
        """
        if role not in ROLES:
            raise ConfigError(f"There is no role {role!r}; choose one of {', '.join(ROLES)}.")
        codes = np.concatenate(list(self.roles(manifest)))
        return np.flatnonzero(codes == _CODES[role]).astype(np.int64)

    def people(self, dataset: str, role: str) -> list[str]:
        """Names of the people of a data set who have this role, in order; none of a leaky split."""
        if self.is_leaky:
            return []
        rows = self.table[(self.table["dataset"] == dataset) & (self.table["role"] == role)]
        return sorted(name for name in rows["subject"] if name)

    @property
    def held_out(self) -> dict[str, str]:
        """Data set → its test people in words; of a leaky split, that there are none."""
        if self.is_leaky:
            return {"LEAKY": "nobody: crops were shuffled, so the people tested were trained on"}
        tested = self.table.loc[self.table["role"] == "test", "dataset"].unique()
        on = f", tested on sensor {self.sensor} alone" if self.sensor is not None else ""
        return {str(name): _named(self.people(name, "test")) + on for name in tested}

    def people_hash(self, dataset: str, role: str) -> str:
        """Hash over who has a role in a data set, and the sensor: the same people, the same."""
        text = "\n".join([dataset, self.sensor or "", *self.people(dataset, role)])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def held_out_hash(self) -> str:
        """Hash over who validates and who is tested, all data sets together; of people alone.

        A leaky split holds nobody out, and is like itself alone.
        """
        if self.is_leaky:
            return f"LEAKY {self.fingerprint}"
        some = self.table[self.table["role"].isin(["val", "test"])]
        lines = sorted("\0".join(row) for row in some[["dataset", "subject", "role"]].to_numpy(str))
        text = "\n".join([self.sensor or "", *lines])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _check_manifest(self, manifest: Manifest, where: str) -> None:
        if self.manifest != manifest.fingerprint:
            path = where if where.endswith(".csv") else "OLD.csv"
            raise DataError(
                f"{where} was made for manifest {self.manifest}, not for {manifest.fingerprint} "
                f"({manifest.folder}). {mend_split(self, manifest, path)}"
            )

    @cached_property
    def _code_of(self) -> dict[str, int]:
        columns = (self.table[name] for name in PEOPLE[:3])
        return {f"{d}\0{s}": _CODES[role] for d, s, role in zip(*columns, strict=True)}

    def _of_people(self, batch: arrow.RecordBatch) -> NDArray[np.int8]:
        subjects = pc.fill_null(batch["subject"], "")
        people = pc.binary_join_element_wise(batch["dataset"], subjects, "\0").dictionary_encode()
        codes = [self._code_of[name] for name in people.dictionary.to_pylist()]
        found: NDArray[np.int8] = np.array(codes, np.int8)[people.indices.to_numpy()]
        return found


class Rule(Protocol):
    """What makes a split of a manifest, always the same one."""

    def make(self, manifest: Manifest) -> Split:
        """Gives every crop of the manifest one role.

        Raises:
            DataError: The data set cannot be split so.
        """
        ...


def ledger_path(split: Path) -> Path:
    """Where the looks at the test people of a sealed split are counted: beside it."""
    return split.with_name(f"{split.name.removesuffix('.csv')}.ledger.jsonl")


def _on_sensor(codes: NDArray[np.int8], sensors: arrow.Array, left_out: str) -> NDArray[np.int8]:
    is_left_out = pc.fill_null(pc.equal(sensors, left_out), False).to_numpy(zero_copy_only=False)
    is_known = sensors.is_valid().to_numpy(zero_copy_only=False)
    return np.where(is_known & ((codes == TEST) == is_left_out), codes, ASIDE).astype(np.int8)


def _named(names: Sequence[str]) -> str:
    listed = f": {', '.join(names)}" if len(names) <= _MOST_NAMES else ""
    return f"{len(names)} {'person' if len(names) == 1 else 'people'}{listed}"
