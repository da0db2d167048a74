from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from blink.contract import ConfigError, DataError
from blink.contract.labels import NAMES
from blink.data.manifest import Manifest
from blink.data.split.census import count_crops
from blink.data.split.folds import check_deal, deal_people
from blink.data.split.holdout import HoldoutRule, Share, name_hash
from blink.data.split.table import PEOPLE, ROLES, Split


@dataclass(frozen=True)
class SplitByPerson:
    """Test people by rule; everybody else in folds of equal size and like classes.

    Within each data set the folds come from sklearn's StratifiedGroupKFold over people; one fold
    validates, the others train. Crops without a label do not count. Crops whose person is not known
    train, whatever the fold.

    Attributes:
        test: Data set → rule that names its test people; a data set without a rule has none.
        folds: Number of folds.
        seed: Decides the folds.
        fold: The one that validates.
        balance: Attributes whose shares are to be alike in the folds, beside the label's.

    Raises:
        ConfigError: A rule is of another kind, there are fewer than 2 folds or not that one, or an
            attribute does not exist.
    """

    test: Mapping[str, HoldoutRule]
    folds: int = 5
    seed: int = 0
    fold: int = 0
    balance: Sequence[str] = ()

    def __post_init__(self) -> None:
        # Plain containers, sorted: `repr` is what a saved split is found by.
        object.__setattr__(self, "test", {str(name): self.test[name] for name in sorted(self.test)})
        object.__setattr__(self, "balance", tuple(str(name) for name in self.balance))
        for name, rule in self.test.items():
            if not isinstance(rule, HoldoutRule):
                raise ConfigError(
                    f"The test rule of {name!r} is {rule!r}, which is none, such as Named or "
                    "Hashed. In a Hydra file, give the object that holds the rules `_convert_: "
                    "all`."
                )
        if self.folds < 2:
            raise ConfigError(f"A split needs 2 folds or more, not {self.folds}.")
        if not 0 <= self.fold < self.folds:
            raise ConfigError(f"There is no fold {self.fold}: they are 0 to {self.folds - 1}.")
        check_deal(self.seed, self.balance)

    def make(self, manifest: Manifest) -> Split:
        """Gives every person of the manifest one role.

        Raises:
            DataError: A data set has one person or one class only, too few for the folds, or none
                for a role; nobody would validate; a rule names a person or a data set that does not
                exist.
        """
        crops = count_crops(manifest, self._counted)
        split = Split(self.assign(manifest.datasets, crops), manifest.fingerprint)
        check_validates(split, manifest)
        split.check(manifest)
        return split

    @property
    def _counted(self) -> list[str]:
        """Columns by which crops are counted: all that this rule or one of a test looks at."""
        shares = [rule for rule in self.test.values() if isinstance(rule, Share)]
        balanced = [name for rule in shares for name in rule.balance]
        return list(dict.fromkeys(["dataset", "subject", "label", *self.balance, *balanced]))

    def assign(self, names: Sequence[str], crops: pd.DataFrame) -> pd.DataFrame:
        """The table of a split.

        Args:
            names: Data sets in their order.
            crops: All that count, as `count_crops` counts them: data set, person, label, `balance`.

        Raises:
            DataError: See `make`.
        """
        if unknown := sorted(set(self.test) - set(names)):
            raise DataError(
                f"The test rule of {unknown[0]!r} has no data set: there are {', '.join(names)}. "
                "Remove the rule or add the data set."
            )
        parts = [self._people(name, crops[crops["dataset"] == name]) for name in names]
        return pd.concat(parts, ignore_index=True)

    def _people(self, dataset: str, crops: pd.DataFrame) -> pd.DataFrame:
        known = crops[crops["subject"].notna()]
        subjects = sorted(known["subject"].unique())
        rows: list[tuple[str, str, str, int | None]] = []
        if subjects:
            labelled = known[known["label"].notna()]
            roles = self._roles(dataset, subjects, labelled)
            rows = [(dataset, subject, *roles[subject]) for subject in subjects]
            self._check_roles(dataset, labelled, roles)
        elif dataset in self.test:
            raise DataError(
                f"{dataset} holds crops of people unknown alone: they may train, and nobody may be "
                "tested on them. Remove its test rule, or say who its people are."
            )
        if len(known) < len(crops):
            rows.append((dataset, "", "train", None))
        table = pd.DataFrame(rows, columns=PEOPLE).astype(dict.fromkeys(PEOPLE[:3], "string"))
        return table.assign(fold=pd.array([fold for *_, fold in rows], "Int16"))

    def _roles(
        self, dataset: str, subjects: Sequence[str], labelled: pd.DataFrame
    ) -> dict[str, tuple[str, int | None]]:
        """Person → role and fold."""
        rule = self.test.get(dataset)
        test = set() if rule is None else rule.choose(dataset, subjects, labelled)
        roles: dict[str, tuple[str, int | None]] = dict.fromkeys(test, ("test", None))
        if len(test) < len(subjects):
            _check_variety(dataset, labelled)
            fold_of = self._folds_of(dataset, labelled[~labelled["subject"].isin(test)])
            for subject in set(subjects) - test:
                # People with unlabelled crops alone weigh nothing; their name decides.
                fold = fold_of.get(subject, name_hash(subject) % self.folds)
                roles[subject] = ("val" if fold == self.fold else "train", fold)
        return roles

    def _check_roles(
        self,
        dataset: str,
        labelled: pd.DataFrame,
        roles: Mapping[str, tuple[str, int | None]],
    ) -> None:
        wanted = {role for role, _ in roles.values()} | (
            {"test"} if dataset in self.test else set()
        )
        role_of = {subject: role for subject, (role, _) in roles.items()}
        present = set(zip(labelled["subject"].map(role_of), labelled["label"], strict=True))
        for role in filter(wanted.__contains__, ROLES):
            for label, name in enumerate(NAMES):
                if (role, label) not in present:
                    raise DataError(
                        f"{dataset}: role {role!r} has no crop of an eye that is {name}. Choose "
                        "other test people, another `seed` or fewer `folds`, or add people."
                    )

    def _folds_of(self, dataset: str, crops: pd.DataFrame) -> dict[str, int]:
        people = crops["subject"].nunique()
        fewest = int(crops.groupby("label")["crops"].sum().reindex([0, 1], fill_value=0).min())
        if min(people, fewest) < self.folds:
            raise DataError(
                f"{dataset}: {people} people beside the test people, {fewest} crops in the smaller "
                f"class, are too few for {self.folds} folds. Lower `folds`, keep fewer people for "
                "the test, or add people."
            )
        return deal_people(crops, self.folds, self.seed, tuple(self.balance))


def check_validates(split: Split, manifest: Manifest) -> None:
    """Checks that somebody validates.

    Raises:
        DataError: Nobody does: all people are unknown, or tested.
    """
    if not (split.table["role"] == "val").any():
        raise DataError(
            f"{manifest.folder}: nobody would be left to validate on: everybody who is known is "
            "tested, and crops of people unknown may only train. Test fewer people, or merge the "
            "data set with one whose people are known."
        )


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
