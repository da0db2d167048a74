from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from blink.contract import ConfigError, DataError
from blink.data.manifest import Manifest
from blink.data.split import (
    Carried,
    DataSetOut,
    Hashed,
    HoldoutRule,
    LeakyRows,
    Named,
    Rule,
    SensorOut,
    Share,
    SplitByPerson,
)
from blink.data.split.census import count_crops

_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The options of `blink data split`, as they were given; see its help."""

    data_set_out: str | None
    sensor_out: str | None
    leaky: bool
    like: Path | None
    test_share: float | None
    test_hash: int | None
    test: tuple[str, ...]
    test_file: Path | None
    folds: int
    fold: int
    seed: int
    balance: tuple[str, ...]

    @property
    def test_rules(self) -> list[str]:
        """The options given that say who is tested."""
        given = {
            "--test-share": self.test_share,
            "--test-hash": self.test_hash,
            "--test": self.test or None,
            "--test-file": self.test_file,
        }
        return [name for name, value in given.items() if value is not None]


def choose_rule(chosen: Chosen, manifest: Manifest) -> Rule:
    """The rule that options ask for.

    Raises:
        ConfigError: Options contradict each other.
        DataError: Somebody named is not there, or a file of names cannot be read.
    """
    kinds = {
        "--leave-data-set-out": chosen.data_set_out,
        "--leave-sensor-out": chosen.sensor_out,
        "--leaky": chosen.leaky or None,
        "--like": chosen.like,
    }
    given = [name for name, value in kinds.items() if value is not None]
    left_out = [name for name in given if name != "--leaky"]
    rules = chosen.test_rules
    if len(given) > 1 or len(rules) > 1 or (left_out and rules):
        raise ConfigError(
            f"{', '.join(given + rules)} contradict each other: each of them says who is tested. "
            "Give one; --leaky takes a test rule beside it."
        )
    if chosen.like is not None:
        return Carried(chosen.like)
    common = {"folds": chosen.folds, "seed": chosen.seed, "fold": chosen.fold}
    if chosen.data_set_out is not None:
        return DataSetOut(chosen.data_set_out, balance=chosen.balance, **common)
    if chosen.sensor_out is not None:
        return SensorOut(chosen.sensor_out, balance=chosen.balance, **common)
    kind = LeakyRows if chosen.leaky else SplitByPerson
    return kind(_holdouts(chosen, manifest), balance=chosen.balance, **common)


def _holdouts(chosen: Chosen, manifest: Manifest) -> Mapping[str, HoldoutRule]:
    """Data set → rule; data sets whose people are unknown get none."""
    people = count_crops(manifest, ["dataset", "subject"]).dropna(subset="subject")
    known = [name for name in manifest.datasets if name in set(people["dataset"])]
    if chosen.test or chosen.test_file is not None:
        names = chosen.test if chosen.test_file is None else _names_in(chosen.test_file)
        groups = people.groupby("dataset")["subject"]
        return _named(names, {str(name): set(group) for name, group in groups})
    if chosen.test_hash is not None:
        return dict.fromkeys(known, Hashed(chosen.test_hash))
    share = _SHARE if chosen.test_share is None else chosen.test_share
    if share == 0:
        return {}
    return dict.fromkeys(known, Share(share, chosen.seed, chosen.balance))


def _names_in(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read ({error}). It must name a person a line."
        ) from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise DataError(f"{path} names nobody. It must name a person a line.")
    return names


def _named(names: tuple[str, ...], people: Mapping[str, set[str]]) -> dict[str, HoldoutRule]:
    """Data set → the people of it who are named, as `PERSON` or `DATASET/PERSON`."""
    found: dict[str, list[str]] = {}
    for name in names:
        owners = [
            (dataset, subject)
            for dataset, subjects in people.items()
            for subject in (name, name.removeprefix(f"{dataset}/"))
            if subject in subjects and (subject == name or name.startswith(f"{dataset}/"))
        ]
        if len(set(owners)) != 1:
            where = ", ".join("/".join(owner) for owner in owners)
            fault = f"is one of {where}: name the data set too" if owners else "is nobody here"
            raise DataError(f"{name} {fault}. The data sets are {', '.join(sorted(people))}.")
        dataset, subject = owners[0]
        found.setdefault(dataset, []).append(subject)
    return {dataset: Named(subjects) for dataset, subjects in found.items()}
