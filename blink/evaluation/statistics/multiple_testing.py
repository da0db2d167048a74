"""Multiple testing: p-values adjusted for how many of them there are."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.stats import false_discovery_control

SIGNIFICANT: Final = 0.05
"""A corrected p below this is more than chance explains."""


def adjust_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values corrected for how many of them there are: those below 5 % hold 5 % false ones.

    Groups overlap, and the two values of an attribute mirror each other, so that their p-values
    depend on each other in both directions. Benjamini and Yekutieli's correction holds all the
    same; Benjamini and Hochberg's need not.

    Args:
        p_values: One for each look; None or NaN where nothing was tested, which is no look.

    Returns:
        In the same order; None where nothing was tested.

    Source: Benjamini and Yekutieli 2001.
    """
    given = np.array([np.nan if p is None else p for p in p_values], np.float64)
    tested = ~np.isnan(given)
    if tested.any():
        given[tested] = false_discovery_control(given[tested], method="by")
    return [None if np.isnan(p) else float(p) for p in given]
