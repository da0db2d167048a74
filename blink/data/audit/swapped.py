"""People of whom open and closed look swapped: a session or an annotator with the keys reversed."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from blink.contract.labels import NAMES
from blink.contract.wording import name_some
from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding
from blink.data.audit.limits import Limits
from blink.data.manifest import Manifest

_FEWEST = 5
"""Labels of either class that a person must have; of fewer, most may be accused by chance."""
REASON = "open and closed look swapped"
"""Why all labels of such a person stand in a list of corrections."""
_SHOWN = 3
"""Crops of either class in an exhibit."""


def find_swapped(
    labels: NDArray[np.int64],
    people: NDArray[np.str_],
    accused: NDArray[np.int64],
    limits: Limits,
) -> dict[str, NDArray[np.int64]]:
    """People of whom most labels of both classes are accused.

    A classifier that has never seen anybody like a person calls their eyes all open or all closed,
    and so accuses one class alone; for both it has to tell open from closed, the wrong way round.

    Args:
        labels: 0 or 1 of each crop.
        people: Who, of each crop.
        accused: Places of the crops whose label is accused.
        limits: `label_swapped` is used.

    Returns:
        Who → places of all of their crops.
    """
    names, who = np.unique(people, return_inverse=True)
    cell = len(NAMES) * who + labels
    size = len(NAMES) * len(names)
    given = np.bincount(cell, minlength=size)
    against = np.bincount(cell[accused], minlength=size)
    is_most = (given >= _FEWEST) & (against > limits.label_swapped * given)
    found = np.flatnonzero(is_most.reshape(-1, len(NAMES)).all(axis=1))
    return {str(names[number]): np.flatnonzero(who == number) for number in found}


def check_swapped(
    manifest: Manifest, swapped: Mapping[str, NDArray[np.int64]], p_closed: NDArray[np.float64]
) -> list[Finding]:
    """Names the people, and shows of each the labels that are contradicted most of either class.

    Args:
        manifest: The data set.
        swapped: Who → rows of all their labels.
        p_closed: What the classifier says of every crop of the manifest.
    """
    if not swapped:
        return []
    labels = manifest.table["label"].to_numpy(np.float64, na_value=np.nan)
    crops = sum(map(len, swapped.values()))
    exhibits = []
    for who, rows in list(swapped.items())[:MOST_EXHIBITS]:
        worst = rows[np.argsort(-np.abs(labels[rows] - p_closed[rows]), kind="stable")]
        shown = [int(r) for label in (0, 1) for r in worst[labels[worst] == label][:_SHOWN]]
        said = ", ".join(NAMES[int(labels[row])] for row in shown)
        exhibits.append(Exhibit(tuple(shown), f"Labelled {said}: {who}"))
    return [
        Finding(
            name="label-errors-swapped",
            title="People whose open and closed look swapped",
            severity="warning",
            summary=f"Of {name_some(list(swapped))} most labels of both classes contradict a "
            "classifier that never saw them, which tells their open eyes from their closed ones, "
            "but the other way round. Look at them: corrections.csv turns their labels, "
            f'by the reason "{REASON}"; delete the lines of those who are right as they are.',
            numbers={"people": len(swapped), "crops": crops, "names": list(swapped)},
            exhibits=tuple(exhibits),
        )
    ]
