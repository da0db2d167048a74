import numpy as np
import pandas as pd

from blink.contract.wording import plural
from blink.data.alike import Person, named_alike, tell_alike
from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding
from blink.data.manifest import Manifest

_SHOWN = 3
"""Crops of each of the first two people in an exhibit."""


def check_alike(manifest: Manifest) -> list[Finding]:
    """People of one data set whose names differ by nothing but case, blanks, `_` and `-`."""
    known = manifest.table[["dataset", "subject"]].dropna()
    people = known.drop_duplicates().itertuples(index=False, name=None)
    groups = named_alike((str(dataset), str(name)) for dataset, name in people)
    if not groups:
        return []
    number = sum(map(len, groups))
    return [
        Finding(
            name="people-named-alike",
            title="People named alike",
            severity="warning",
            summary=f"{plural(number, 'person', 'people')} are named like somebody else but for "
            f"case, blanks, _ and -: {tell_alike(groups)}. If they are one person, a split may "
            "train on the one and test on the other.",
            numbers={
                "people": number,
                "groups": [[f"{dataset}/{name}" for dataset, name in group] for group in groups],
            },
            exhibits=tuple(_exhibit(known, group) for group in groups[:MOST_EXHIBITS]),
        )
    ]


def _exhibit(known: pd.DataFrame, group: list[Person]) -> Exhibit:
    """Some crops of the first two; `known` has the manifest's rows as its index."""
    rows: list[int] = []
    for dataset, name in group[:2]:
        is_theirs = (known["dataset"] == dataset) & (known["subject"] == name)
        rows += known.index[np.flatnonzero(is_theirs)[:_SHOWN]].tolist()
    return Exhibit(tuple(rows), tell_alike([group]))
