"""Which calls are wrong, how sure they were, and what they cost."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN, OperatingPoint
from blink.evaluation.mistakes.results import CropCosts

Direction = Literal["missed_closure", "false_closure"]

TRUTH: dict[Direction, int] = {"missed_closure": CLOSED, "false_closure": OPEN}
"""The label of the crops that can go wrong in a direction."""


@dataclass(frozen=True, eq=False)
class Calls:
    """The calls on labelled crops, against the truth.

    Attributes:
        table: Rows of a predictions table that have a label.
        closed: (N,) the truth.
        called: (N,) whether the crop was called closed.
        score: (N,) p_closed.
        cost: (N,) of a mistake; 0 where the call is right.
        confidence: (N,) what the intelligence gave the state that it called: p_closed or 1 less it.
    """

    table: pd.DataFrame
    closed: NDArray[np.bool_]
    called: NDArray[np.bool_]
    score: NDArray[np.float64]
    cost: NDArray[np.float64]
    confidence: NDArray[np.float64]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(N,) whether the call is a mistake."""
        return np.not_equal(self.closed, self.called)

    def rank(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places, the dearest mistake first: by cost × confidence; equals by id."""
        ids = self.table["id"].to_numpy(str)[places]
        weight = (self.cost * self.confidence)[places]
        return places[np.lexsort((ids, -weight))]


def call(table: pd.DataFrame, operating_point: OperatingPoint, costs: CropCosts) -> Calls:
    """Turns predictions into calls.

    Args:
        table: A predictions table; crops without a label are left out.
        operating_point: From probability to call.
        costs: Of a mistake of each direction.
    """
    known = table[table["label"].notna()].reset_index(drop=True)
    closed = (known["label"] == CLOSED).to_numpy(np.bool_)
    score = known["p_closed"].to_numpy(np.float64)
    # In the scores' own precision, as all metrics compare them: 0.7 in float32 lies below 0.7.
    called = score >= np.float32(operating_point.threshold)
    return Calls(
        table=known,
        closed=closed,
        called=called,
        score=score,
        cost=(closed & ~called) * costs.missed_closure + (called & ~closed) * costs.false_closure,
        confidence=np.where(called, score, 1 - score),
    )
