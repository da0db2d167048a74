from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from blink.contract import ConfigError
from blink.data.manifest import Manifest
from blink.data.split.by_person import check_validates
from blink.data.split.census import count_crops
from blink.data.split.table import PEOPLE, Split


@dataclass(frozen=True)
class Carried:
    """The roles of an older split, for another version of its data set.

    A data set that was corrected has the same people; for its figures to stand beside the older
    ones, everybody keeps his role. Whoever is gone is left out; whoever is new trains.

    Attributes:
        path: The older split.

    Raises:
        ConfigError: The older split is leaky: it has no people to carry.
        DataError: It is missing or damaged.
    """

    path: Path

    def __post_init__(self) -> None:
        if self.older.is_leaky:
            raise ConfigError(f"{self.path} is leaky: it gives roles to crops, not to people.")

    def __repr__(self) -> str:
        return f"Carried({self.older.fingerprint})"  # wherever the file lies

    @cached_property
    def older(self) -> Split:
        """The split whose roles are carried."""
        return Split.parse(self.path)

    def make(self, manifest: Manifest) -> Split:
        """Gives every person of the manifest the role that he had.

        Raises:
            DataError: Nobody is left to validate, or a clip crosses roles.
        """
        keys = PEOPLE[:2]
        people = count_crops(manifest, keys).fillna({"subject": ""})[keys]
        order = pd.Categorical(people["dataset"], manifest.datasets, ordered=True)
        people = people.assign(order=order).sort_values(["order", "subject"])[keys]
        table = people.merge(self.older.table, how="left", on=keys).fillna({"role": "train"})
        split = replace(
            self.older,
            table=table.astype(self.older.table.dtypes.to_dict()),
            manifest=manifest.fingerprint,
            ledgers={},
        )
        check_validates(split, manifest)
        split.check(manifest)
        return split
