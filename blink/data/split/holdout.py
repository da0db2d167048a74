"""Rules that say which people of a data set are kept for the test."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import pandas as pd

from blink.contract import ConfigError, DataError
from blink.data.split.folds import check_deal, deal_people

_MOST_PARTS = 20


@runtime_checkable
class HoldoutRule(Protocol):
    """Says which people of a data set are tested."""

    def choose(self, dataset: str, subjects: Sequence[str], crops: pd.DataFrame) -> set[str]:
        """Names of the test people.

        Args:
            dataset: Name of the data set, for errors.
            subjects: Everybody in it who is known, in order.
            crops: Their labelled crops as `count_crops` counts them.

        Raises:
            DataError: The rule does not fit the data set.
        """
        ...


@dataclass(frozen=True)
class Named:
    """Test people by name; each must exist.

    Attributes:
        subjects: Their names as in the manifest's column `subject`.
    """

    subjects: Sequence[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(str(name) for name in self.subjects))

    def choose(self, dataset: str, subjects: Sequence[str], crops: pd.DataFrame) -> set[str]:
        """See `HoldoutRule`."""
        if missing := sorted(set(self.subjects) - set(subjects)):
            raise DataError(
                f"{dataset}: the test rule names {', '.join(missing)}, but there is no such "
                "person. Correct the rule, or use the archive that it was written for."
            )
        return set(self.subjects)


@dataclass(frozen=True)
class Hashed:
    """Test people by the hash of their name, so that nobody changes sides as a data set grows.

    Attributes:
        modulus: One person in so many is a test person.
        remainder: Those with sha256(name) mod modulus equal to this.

    Raises:
        ConfigError: Not 0 <= remainder < modulus, or a modulus below 2.
    """

    modulus: int
    remainder: int = 0

    def __post_init__(self) -> None:
        if self.modulus < 2 or not 0 <= self.remainder < self.modulus:
            raise ConfigError(
                f"One test person in {self.modulus}, of remainder {self.remainder}: the modulus "
                "must be 2 or more, the remainder from 0 to modulus - 1."
            )

    def holds(self, subject: str) -> bool:
        """Whether this person is a test person."""
        return name_hash(subject) % self.modulus == self.remainder

    def choose(self, dataset: str, subjects: Sequence[str], crops: pd.DataFrame) -> set[str]:
        """See `HoldoutRule`."""
        return {subject for subject in subjects if self.holds(subject)}


@dataclass(frozen=True)
class Share:
    """About this share of the people, with like shares of the classes and of named attributes.

    Attributes:
        share: Of the people; what comes of it is the nearest fraction of 20 parts or
            fewer, each a fold.
        seed: Decides who.
        balance: Attributes whose shares are to be alike beside the label's.

    Raises:
        ConfigError: The share is not between 0 and 1, or see `check_deal`.
    """

    share: float
    seed: int = 0
    balance: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "balance", tuple(str(name) for name in self.balance))
        if not 0.05 <= self.share <= 0.95:
            raise ConfigError(f"A test share of {self.share} cannot be had; name 0.05 to 0.95.")
        check_deal(self.seed, self.balance)

    def choose(self, dataset: str, subjects: Sequence[str], crops: pd.DataFrame) -> set[str]:
        """See `HoldoutRule`."""
        fewest = int(crops.groupby("label")["crops"].sum().reindex([0, 1], fill_value=0).min())
        parts = min(_MOST_PARTS, crops["subject"].nunique(), fewest)
        if parts < 2:
            raise DataError(
                f"{dataset} has too few people, or crops of a class, to test a share of them while "
                "others train. Add people, or test nobody."
            )
        part = Fraction(self.share).limit_denominator(parts)
        part = min(max(part, Fraction(1, parts)), Fraction(parts - 1, parts))
        fold_of = deal_people(crops, part.denominator, self.seed, tuple(self.balance))
        return {name for name, fold in fold_of.items() if fold < part.numerator}


@dataclass(frozen=True)
class Everybody:
    """All people of a data set are test people: nothing of it is trained on."""

    def choose(self, dataset: str, subjects: Sequence[str], crops: pd.DataFrame) -> set[str]:
        """See `HoldoutRule`."""
        return set(subjects)


def name_hash(name: str) -> int:
    """sha256 of a name as a whole number, the same on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)
