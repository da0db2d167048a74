from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.split.by_person import SplitByPerson, check_validates
from blink.data.split.census import count_crops
from blink.data.split.holdout import Named
from blink.data.split.table import PEOPLE, Split


@dataclass(frozen=True)
class SensorOut:
    """Everybody whom one sensor ever saw is tested, on its crops alone; the others train.

    Nobody is on both sides: what other sensors took of the test people is set aside. So are crops
    whose sensor is not known (the left-out one may have taken them), and the sensor's crops of
    people unknown (they may not be tested, and the sensor may not be trained on).

    Attributes:
        sensor: The sensor that is left out, as in the manifest's column `sensor`.
        folds: See `SplitByPerson`.
        seed: See `SplitByPerson`.
        fold: See `SplitByPerson`.
        balance: See `SplitByPerson`.

    Raises:
        ConfigError: See `SplitByPerson`.
    """

    sensor: str
    folds: int = 5
    seed: int = 0
    fold: int = 0
    balance: Sequence[str] = ()

    def __post_init__(self) -> None:
        rule = SplitByPerson({}, self.folds, self.seed, self.fold, self.balance)
        object.__setattr__(self, "balance", rule.balance)

    def make(self, manifest: Manifest) -> Split:
        """Gives everybody one role.

        Raises:
            DataError: The sensor saw nobody who is known, or see `SplitByPerson`.
        """
        columns = list(dict.fromkeys(["dataset", "subject", "sensor", "label", *self.balance]))
        crops = count_crops(manifest, columns)
        on_sensor = (crops["sensor"] == self.sensor).fillna(False).astype(bool)
        seen = crops[on_sensor & crops["subject"].notna()]
        if seen.empty:
            known = ", ".join(sorted(crops["sensor"].dropna().unique()))
            raise DataError(
                f"{manifest.folder}: sensor {self.sensor!r} saw nobody who is known. "
                + (f"The sensors are {known}." if known else "No crop says which sensor took it.")
            )
        test = {
            str(name): Named(sorted(group["subject"].unique()))
            for name, group in seen.groupby("dataset")
        }
        people = pd.MultiIndex.from_frame(crops[["dataset", "subject"]])
        is_tested = people.isin(pd.MultiIndex.from_frame(seen[["dataset", "subject"]]))
        used = crops[crops["sensor"].notna() & (is_tested == on_sensor)]
        names = [name for name in manifest.datasets if name in set(used["dataset"])]
        rule = SplitByPerson(test, self.folds, self.seed, self.fold, self.balance)
        table = _with_the_rest(rule.assign(names, used), crops)
        split = Split(table, manifest.fingerprint, self.sensor)
        check_validates(split, manifest)
        split.check(manifest)
        return split


def _with_the_rest(table: pd.DataFrame, crops: pd.DataFrame) -> pd.DataFrame:
    """The table and, set aside, the people of whom no crop is used."""
    keys = ["dataset", "subject"]
    everybody = crops[keys].fillna({"subject": ""}).drop_duplicates()
    both = everybody.merge(table, how="left", on=keys)[PEOPLE]
    return both.fillna({"role": "aside"}).astype({"role": "string"}).reset_index(drop=True)
