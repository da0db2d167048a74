"""Is the one better than the other on the same people, or is that noise?"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput
from blink.evaluation.comparison.results import Gain, Pair, Pairs
from blink.evaluation.comparison.standings import Standing, accuracy_of, best_of
from blink.evaluation.statistics import (
    DRAWS,
    Discordance,
    adjust_p_values,
    difference,
    draw_people,
    mcnemar,
)
from blink.evaluation.statistics.metrics import missing, support


def choose_compared(standings: Sequence[Standing]) -> list[Standing]:
    """Who is compared in pairs: what the runs are about, and the best heuristic.

    The more pairs are looked at, the larger a difference has to be to count; rows that nobody asks
    about stand in the table, and cost no certainty.

    Args:
        standings: Of all models, the baseline first.
    """
    heuristic = best_of([one for one in standings if one.model.kind == "heuristic"])
    return [one for place, one in enumerate(standings) if place == 0 or one.model.is_lead] + [
        one for one in [heuristic] if one and one is not standings[0] and not one.model.is_lead
    ]


def compare_pairs(
    inputs: ComparisonInput, compared: Sequence[ComparedModel], draws: int = DRAWS
) -> Pairs:
    """Compares each with each, on the same draws of people."""
    sample = inputs.sample
    weights = draw_people(sample.people, draws)
    accuracy = [accuracy_of(inputs, one, weights) for one in compared]
    places = list(combinations(range(len(compared)), 2))
    found = [
        difference(accuracy[a] - accuracy[b], sample.people, missing(sample), support(sample))
        for a, b in places
    ]
    corrected = adjust_p_values([one.p for one in found])
    return Pairs(
        [
            _pair(inputs, compared[a], compared[b], Gain.of(one, p, are_same=are_same))
            for (a, b), one, p in zip(places, found, corrected, strict=True)
            for are_same in [np.array_equal(compared[a].calls, compared[b].calls)]
        ]
    )


def _pair(inputs: ComparisonInput, first: ComparedModel, second: ComparedModel, gain: Gain) -> Pair:
    wrong, other = (one.wrong(inputs.sample.closed) for one in (first, second))
    return Pair(
        first=first.title,
        second=second.title,
        gain=gain,
        mcnemar=_mcnemar(inputs, first, second),
        first_wrong=int((wrong & ~other).sum()),
        second_wrong=int((other & ~wrong).sum()),
        both_wrong=int((wrong & other).sum()),
    )


def _mcnemar(
    inputs: ComparisonInput, first: ComparedModel, second: ComparedModel
) -> Discordance | None:
    if first.seeds > 1 or second.seeds > 1:
        return None
    return mcnemar(
        inputs.sample_of(first),
        inputs.sample_of(second),
        float(first.thresholds[0]),
        float(second.thresholds[0]),
    )
