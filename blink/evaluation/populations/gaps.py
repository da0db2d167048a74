"""Whether a group is weaker than the rest, and whether there is enough of both to say so."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.statistics import MIN_PEOPLE, Sample

MIN_CROPS: Final = 20
"""Crops of a class, in the group and in the rest, below which their shares are not compared.

With fewer one crop moves a recall by more than 5 points. How many people it takes is
`blink.evaluation.statistics.MIN_PEOPLE`: as many as an interval needs.
"""

Mask = NDArray[np.bool_]


def comparable_metric(sample: Sample, inside: Mask) -> str:
    """By what group and rest can be compared: `balanced_accuracy`, or the recall of one class.

    Args:
        sample: All crops.
        inside: (N,) which are the group's.
    """
    sides = (sample.closed[inside], sample.closed[~inside])
    if all(side.any() for side in sides) and not all((~side).any() for side in sides):
        return "recall_closed"
    if all((~side).any() for side in sides) and not all(side.any() for side in sides):
        return "recall_open"
    return "balanced_accuracy"


def why_untested(sample: Sample, inside: Mask, metric: str) -> str | None:
    """Why group and rest are not compared, `too few people to say: 3, at least 10`, or None.

    Args:
        sample: All crops.
        inside: (N,) which are the group's.
        metric: From `comparable_metric`.
    """
    rest = ~inside
    return _too_few(sample, inside, metric, "") or _too_few(sample, rest, metric, " in the rest")


def _too_few(sample: Sample, rows: Mask, metric: str, where: str) -> str | None:
    people = sample.people_with(rows)
    if people < MIN_PEOPLE:
        return f"too few people{where} to say: {people}, at least {MIN_PEOPLE}"
    for name, eyes in (("recall_open", ~sample.closed), ("recall_closed", sample.closed)):
        if metric not in (name, "balanced_accuracy"):
            continue
        kind = name.removeprefix("recall_")
        crops, showing = int((rows & eyes).sum()), sample.people_with(rows & eyes)
        if showing < MIN_PEOPLE:
            return (
                f"too few people with {kind} eyes{where} to say: {showing}, at least {MIN_PEOPLE}"
            )
        if crops < MIN_CROPS:
            return f"too few {kind} eyes{where} to say: {crops}, at least {MIN_CROPS}"
    return None


def is_large_enough(sample: Sample, inside: Mask) -> bool:
    """Whether the group by itself, without a look at the rest, is large enough for any metric."""
    return any(
        _too_few(sample, inside, name, "") is None for name in ("recall_open", "recall_closed")
    )
