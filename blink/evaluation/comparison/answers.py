"""The predictions of a run on one test set, brought into one order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import DataError
from blink.contract.wording import plural
from blink.evaluation.comparison.judged import Judged, JudgedRow, JudgedTest
from blink.evaluation.predictions import OPENNESS_ANSWERED, read_predictions
from blink.evaluation.wording import count

_TRUTH = ["id", "label", "dataset", "subject"]
"""What has to agree, crop by crop, where numbers stand side by side."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What all rows of a run say of one test set.

    Attributes:
        judged: The run.
        test: The test set.
        crops: Labelled crops without answers, by rising id.
        unlabelled: How many more there are.
        p_closed: Title of a row → its answers to `crops`.
    """

    judged: Judged
    test: JudgedTest
    crops: pd.DataFrame
    unlabelled: int
    p_closed: Mapping[str, NDArray[np.float32]]

    def difference_to(self, other: "Answers") -> str | None:
        """Why the two must not stand side by side, in words; None where they may."""
        mine, others = self.crops[_TRUTH], other.crops[_TRUTH]
        if mine.equals(others):
            return None
        if not mine["id"].equals(others["id"]):
            common = int(mine["id"].isin(others["id"]).sum())
            return f"other crops: {count(len(mine))}, {count(common)} of them in common"
        relabelled = int((mine["label"] != others["label"]).sum())
        if relabelled:
            return f"the same crops, but {plural(relabelled, 'label', 'labels')} differ"
        return "the same crops, but of other people"


def read_answers(judged: Judged, test: JudgedTest) -> Answers:
    """Reads the predictions of all rows of a test set.

    Raises:
        DataError: A table is missing, damaged, or of other crops than the rest of its run.
    """
    crops: pd.DataFrame | None = None
    unlabelled, p_closed = 0, {}
    for row in test.rows:
        whole = read_predictions(judged.predictions(test, row)).sort_values("id")
        table = whole[whole["label"].notna()].reset_index(drop=True)
        if crops is None:
            crops = table.drop(columns=["p_closed", OPENNESS_ANSWERED], errors="ignore")
            unlabelled = len(whole) - len(table)
        elif not table[_TRUTH].equals(crops[_TRUTH]):
            raise _of_other_crops(judged, test, row)
        p_closed[row.title] = table["p_closed"].to_numpy(np.float32)
    if crops is None:
        raise DataError(f"{judged.given}: nobody was judged on {test.name}. Judge the run again.")
    if crops.empty:
        raise DataError(
            f"{judged.given}: no crop of {test.name} has a label, so nobody can be better on it."
        )
    return Answers(judged, test, crops, unlabelled, p_closed)


def _of_other_crops(judged: Judged, test: JudgedTest, row: JudgedRow) -> DataError:
    return DataError(
        f"{judged.predictions(test, row)} is of other crops or labels than "
        f"{judged.predictions(test, test.rows[0])}. Judge the run again."
    )
