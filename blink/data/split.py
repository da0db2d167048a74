"""Who of a data set's people trains, validates and tests: a table, made once and saved."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from blink.contract import ConfigError, DataError, whole_file
from blink.contract.labels import NAMES
from blink.data.holdout import Hashed, Named, name_hash
from blink.data.manifest import Manifest

__all__ = ["ROLES", "Hashed", "Named", "Split", "SplitByPerson"]

ROLES = ("train", "val", "test")
_COLUMNS = ["dataset", "subject", "role", "fold"]
_HEAD = "# people of manifest "


@dataclass(frozen=True, eq=False)
class Split:
    """The table of people and roles.

    Attributes:
        table: One row per person: `dataset`, `subject`, `role` (train, val, test) and `fold`
            (null for test people).
        manifest: Fingerprint of the manifest that it was made for.
    """

    table: pd.DataFrame
    manifest: str

    @cached_property
    def fingerprint(self) -> str:
        """Hash over everybody's role and the manifest."""
        return hashlib.sha256(self._text().encode()).hexdigest()[:16]

    def _text(self) -> str:
        return f"{_HEAD}{self.manifest}\n" + self.table.to_csv(index=False, lineterminator="\n")

    def write(self, path: Path) -> None:
        """Writes the table as CSV, whole; its first line names the manifest.

        Raises:
            StorageError: The disk is full.
        """
        with whole_file(path) as temporary:
            temporary.write_text(self._text(), encoding="utf-8", newline="")

    @classmethod
    def read(cls, path: Path, manifest: Manifest) -> "Split":
        """Reads a table that `write` wrote and checks it against the manifest.

        Raises:
            DataError: It is missing, damaged, or made for another manifest; a person has no role
                or two; a clip crosses roles.
        """
        try:
            head, _, body = path.read_bytes().decode("utf-8").partition("\n")
            table = pd.read_csv(StringIO(body), dtype="string", keep_default_na=False)
            table["fold"] = table["fold"].replace("", pd.NA).astype("Int16")
        except FileNotFoundError:
            raise DataError(f"{path} is missing: there is no such split. Make it first.") from None
        except (ValueError, KeyError) as error:
            raise DataError(f"{path} is no split, or a damaged one ({error}).") from error
        if list(table.columns) != _COLUMNS or not head.startswith(_HEAD):
            raise DataError(f"{path} is no split: its columns must be {_COLUMNS}.")
        split = cls(table, head.removeprefix(_HEAD).strip())
        split.check(manifest, str(path))
        return split

    def check(self, manifest: Manifest, where: str = "Split") -> None:
        """Checks that the split belongs to the manifest and separates its people.

        Raises:
            DataError: See `read`.
        """
        self._check_manifest(manifest, where)
        role_of = self._role_of
        if len(role_of) != len(self.table):
            twice = self.table[self.table.duplicated(["dataset", "subject"])].iloc[0]
            raise DataError(
                f"{where}: {twice['dataset']}/{twice['subject']} stands twice. Make it again."
            )
        if unknown := set(self.table["role"]) - set(ROLES):
            raise DataError(f"{where}: unknown roles {sorted(unknown)}; there are {ROLES}.")
        people = set(zip(manifest.table["dataset"], manifest.table["subject"], strict=True))
        if different := people ^ set(role_of):
            name = "/".join(min(different))
            fault = "has no role" if min(different) in people else "is not in the manifest"
            raise DataError(f"{where}: {name} {fault}. Make the split again.")
        clips = manifest.table[["dataset", "clip"]].assign(role=self._roles(manifest))
        roles = clips.dropna().drop_duplicates().groupby(["dataset", "clip"]).size()
        if (roles > 1).any():
            name = "/".join(roles[roles > 1].index[0])
            raise DataError(
                f"{where}: clip {name} crosses roles. Its people must share one role: name them "
                "together in the test rule, or give the clips of different people different names."
            )

    def rows(self, manifest: Manifest, role: str) -> NDArray[np.int64]:
        """Numbers of the manifest's rows whose person has this role, rising.

        Raises:
            DataError: The split was made for another manifest.
            ConfigError: There is no such role.
        """
        self._check_manifest(manifest, "Split")
        if role not in ROLES:
            raise ConfigError(f"There is no role {role!r}; choose one of {ROLES}.")
        return np.flatnonzero(self._roles(manifest) == role).astype(np.int64)

    def _check_manifest(self, manifest: Manifest, where: str) -> None:
        if self.manifest != manifest.fingerprint:
            raise DataError(
                f"{where} was made for manifest {self.manifest}, not for {manifest.fingerprint} "
                f"({manifest.folder}). Make the split again."
            )

    @cached_property
    def _role_of(self) -> dict[tuple[str, str], str]:
        columns = (self.table[name] for name in ("dataset", "subject", "role"))
        return {(dataset, subject): role for dataset, subject, role in zip(*columns, strict=True)}

    def _roles(self, manifest: Manifest) -> NDArray[np.str_]:
        people = zip(manifest.table["dataset"], manifest.table["subject"], strict=True)
        return np.array([self._role_of[person] for person in people])


@dataclass(frozen=True)
class SplitByPerson:
    """Test people by rule; everybody else in folds of equal size and like classes.

    Within each data set the folds come from sklearn's StratifiedGroupKFold over people; fold 0
    validates, the others train. Crops without a label do not count.

    Attributes:
        test: Data set → rule that names its test people; a data set without a rule has none.
        folds: Number of folds.
        seed: Decides the folds.

    Raises:
        ConfigError: A rule is of another kind, or there are fewer than 2 folds.
    """

    test: Mapping[str, Named | Hashed]
    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        # A plain dict, sorted: `repr` is what a saved split is found by.
        object.__setattr__(self, "test", {str(name): self.test[name] for name in sorted(self.test)})
        for name, rule in self.test.items():
            if not isinstance(rule, Named | Hashed):
                raise ConfigError(
                    f"The test rule of {name!r} is {rule!r}, neither Named nor Hashed. In a Hydra "
                    "file, give the object that holds the rules `_convert_: all`."
                )
        if self.folds < 2:
            raise ConfigError(f"A split needs 2 folds or more, not {self.folds}.")

    def make(self, manifest: Manifest) -> Split:
        """Gives every person of the manifest one role.

        Raises:
            DataError: A data set has one person or one class only, too few for the folds, or none
                for a role; a rule names a person or a data set that does not exist.
        """
        names = [str(name) for name in manifest.table["dataset"].unique()]
        if unknown := sorted(set(self.test) - set(names)):
            raise DataError(
                f"The test rule of {unknown[0]!r} has no data set: there are {names}. "
                "Remove the rule or add the data set."
            )
        parts = [
            self._people(name, manifest.table[manifest.table["dataset"] == name]) for name in names
        ]
        split = Split(pd.concat(parts, ignore_index=True), manifest.fingerprint)
        split.check(manifest)
        return split

    def _people(self, dataset: str, crops: pd.DataFrame) -> pd.DataFrame:
        subjects = sorted(crops["subject"].unique())
        labelled = crops[crops["label"].notna()]
        _check_variety(dataset, labelled)
        test = self._test_people(dataset, subjects)
        fold_of = self._folds_of(dataset, labelled[~labelled["subject"].isin(test)])
        # People with unlabelled crops alone weigh nothing; their name decides.
        folds = [
            pd.NA if s in test else fold_of.get(s, name_hash(s) % self.folds) for s in subjects
        ]
        roles = [
            "test" if s in test else "val" if fold == 0 else "train"
            for s, fold in zip(subjects, folds, strict=True)
        ]
        role_of = dict(zip(subjects, roles, strict=True))
        wanted = ROLES if dataset in self.test else ROLES[:2]
        _check_roles(dataset, labelled.assign(role=labelled["subject"].map(role_of)), wanted)
        return pd.DataFrame(
            {
                "dataset": pd.array([dataset] * len(subjects), "string"),
                "subject": pd.array(subjects, "string"),
                "role": pd.array(roles, "string"),
                "fold": pd.array(folds, "Int16"),
            }
        )

    def _test_people(self, dataset: str, subjects: Sequence[str]) -> set[str]:
        rule = self.test.get(dataset)
        if rule is None:
            return set()
        if isinstance(rule, Named) and (missing := sorted(set(rule.subjects) - set(subjects))):
            raise DataError(
                f"{dataset}: the test rule names {missing}, but there is no such person. Correct "
                "the rule, or use the archive that it was written for."
            )
        return {subject for subject in subjects if rule.holds(subject)}

    def _folds_of(self, dataset: str, crops: pd.DataFrame) -> dict[str, int]:
        people = crops["subject"].nunique()
        fewest = int(crops["label"].value_counts().reindex([0, 1], fill_value=0).min())
        if min(people, fewest) < self.folds:
            raise DataError(
                f"{dataset}: {people} people beside the test people, {fewest} crops in the smaller "
                f"class, are too few for {self.folds} folds. Lower `folds`, keep fewer people for "
                "the test, or add people."
            )
        labels, groups = crops["label"].to_numpy(np.int64), crops["subject"].to_numpy(str)
        folds = StratifiedGroupKFold(self.folds, shuffle=True, random_state=self.seed)
        parts = enumerate(folds.split(labels, labels, groups))
        return {str(name): fold for fold, (_, rows) in parts for name in np.unique(groups[rows])}


def _check_variety(dataset: str, labelled: pd.DataFrame) -> None:
    people, labels = labelled["subject"].unique(), labelled["label"].unique()
    if len(people) < 2:
        raise DataError(
            f"{dataset} holds labelled crops of {len(people)} person ({', '.join(people)}): nobody "
            "would be left to validate on. Add people; crops of one person prove nothing."
        )
    if len(labels) < 2:
        raise DataError(
            f"{dataset} holds one class only: all of its eyes are {NAMES[labels[0]]}. Add crops of "
            "the other class, or check how the importer reads the labels."
        )


def _check_roles(dataset: str, labelled: pd.DataFrame, wanted: Sequence[str]) -> None:
    present = set(zip(labelled["role"], labelled["label"], strict=True))
    for role in wanted:
        for label, name in enumerate(NAMES):
            if (role, label) not in present:
                raise DataError(
                    f"{dataset}: role {role!r} has no crop of an eye that is {name}. Choose other "
                    "test people, another `seed` or fewer `folds`, or add people."
                )
