from collections.abc import Sequence
from dataclasses import dataclass

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.split.by_person import SplitByPerson, check_validates
from blink.data.split.census import count_crops
from blink.data.split.holdout import Everybody
from blink.data.split.table import Split


@dataclass(frozen=True)
class DataSetOut:
    """All people of one data set are tested; those of the others train and validate, in folds.

    Crops of the data set whose person is not known are set aside: they may not be tested, and
    nothing of the data set is to be trained on.

    Attributes:
        name: The data set that is left out.
        folds: See `SplitByPerson`.
        seed: See `SplitByPerson`.
        fold: See `SplitByPerson`.
        balance: See `SplitByPerson`.

    Raises:
        ConfigError: See `SplitByPerson`.
    """

    name: str
    folds: int = 5
    seed: int = 0
    fold: int = 0
    balance: Sequence[str] = ()

    @property
    def _rule(self) -> SplitByPerson:
        return SplitByPerson(
            {self.name: Everybody()}, self.folds, self.seed, self.fold, self.balance
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "balance", self._rule.balance)

    def make(self, manifest: Manifest) -> Split:
        """Gives everybody one role.

        Raises:
            DataError: There is no such data set, or no other, or see `SplitByPerson`.
        """
        names = manifest.datasets
        if self.name not in names or len(names) < 2:
            raise DataError(
                f"{manifest.folder} holds {', '.join(names)}: to leave {self.name!r} out, it must "
                "hold that and another. Merge data sets first."
            )
        crops = count_crops(manifest, ["dataset", "subject", "label", *self.balance])
        table = self._rule.assign(names, crops)
        table.loc[(table["dataset"] == self.name) & (table["subject"] == ""), "role"] = "aside"
        split = Split(table, manifest.fingerprint)
        check_validates(split, manifest)
        split.check(manifest)
        return split
