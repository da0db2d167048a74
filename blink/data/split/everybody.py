import pandas as pd

from blink.data.manifest import Manifest
from blink.data.split.census import count_crops
from blink.data.split.table import PEOPLE, Split


def everybody_tested(manifest: Manifest) -> Split:
    """A split for those who judge and do not train: all of a data set's people are tested.

    So are crops of people unknown, whom `SplitByPerson` lets train alone, since in training the
    same people might be on both sides.
    """
    people = count_crops(manifest, ["dataset", "subject"]).fillna({"subject": ""})
    table = people.assign(role="test")[PEOPLE[:3]].astype("string")
    folds = pd.array([None] * len(table), "Int16")
    return Split(table.assign(fold=folds), manifest.fingerprint)
