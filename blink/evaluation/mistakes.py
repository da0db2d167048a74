from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN, Crop, DataError, OperatingPoint
from blink.data.manifest import Manifest

MOST = 20


@dataclass(frozen=True)
class Mistakes:
    """The worst mistakes of each kind: rows of a predictions table, the worst first.

    Attributes:
        missed_closures: Closed eyes called open, by rising p_closed.
        false_closures: Open eyes called closed, by falling p_closed.
    """

    missed_closures: pd.DataFrame
    false_closures: pd.DataFrame


def worst_mistakes(
    table: pd.DataFrame, operating_point: OperatingPoint, most: int = MOST
) -> Mistakes:
    """Finds where an intelligence was most sure and wrong.

    Args:
        table: A predictions table; crops without a label are no mistakes.
        operating_point: From probability to call.
        most: How many of each kind.
    """
    called = table["p_closed"] >= operating_point.threshold
    missed = table[(table["label"] == CLOSED).fillna(False) & ~called]
    false = table[(table["label"] == OPEN).fillna(False) & called]
    return Mistakes(
        missed.sort_values(["p_closed", "id"]).head(most),
        false.sort_values(["p_closed", "id"], ascending=[False, True]).head(most),
    )


def find_pictures(manifest: Manifest, ids: "pd.Series[str]") -> list[Crop]:
    """The crops of the given ids, in that order.

    Raises:
        DataError: An id is not in the manifest: the predictions are of another data set.
    """
    rows = _rows_of(manifest, list(ids))
    if (rows < 0).any():
        raise DataError(
            f"{ids[rows < 0].iloc[0]} is not in {manifest.folder}: these predictions are of "
            "another data set. Name the manifest that they were made of."
        )
    order = np.argsort(rows)
    rising = list(manifest.crops(rows[order]))
    return [rising[place] for place in np.argsort(order)]


def _rows_of(manifest: Manifest, ids: list[str]) -> NDArray[np.int64]:
    """The rows of these ids; -1 where there is none."""
    wanted, rows, start = arrow.array(ids, arrow.string()), np.full(len(ids), -1, np.int64), 0
    for batch in manifest.batches(["id"]):
        places = pc.index_in(batch["id"], wanted)
        found = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
        rows[places.drop_null().to_numpy()] = start + found
        start += len(batch)
    return rows
