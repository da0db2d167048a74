"""How much of the problem the product can solve by itself, without a better model."""

from collections.abc import Iterator, Sequence
from itertools import product as combinations
from typing import Final

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.figures import knobs_of
from blink.evaluation.experience.operating_point import (
    THRESHOLDS,
    choose_threshold,
    costs_of,
    rule,
    spread_of_people,
)
from blink.evaluation.experience.outcome import PerPerson
from blink.evaluation.experience.results import KnobSearch
from blink.evaluation.experience.sessions import SessionBatch, simulate_sessions
from blink.target import Product, Scores, Target

MOST_SETTINGS: Final = 64
"""Of the knobs that are tried; beyond it, that many drawn at random."""

_COARSE: Final = THRESHOLDS[1::3]
"""With 0.5 among them, where an intelligence that is always right makes no mistake."""

_PART: Final = 0.1  # of the usual sessions: many settings are played


def search_knobs(
    target: Target,
    validation: pd.DataFrame,
    sessions: Sequence[SessionBatch],
    scores: Sequence[Scores],
    point: OperatingPoint,
) -> KnobSearch | None:
    """Looks for the knobs of least cost on validation people, and plays them with test people.

    Args:
        target: Its `knobs` say what is tried.
        validation: Predictions on validation people.
        sessions: Of the test people.
        scores: What the intelligence says there.
        point: As frozen for the knobs as configured.

    Returns:
        None where there are no knobs, or no validation people who can play.
    """
    settings = list(_settings(target))
    basis = find_basis(target, validation)
    if len(settings) < 2 or basis.gap is not None:
        return None
    staged = simulate_sessions(target, basis.people, _PART)
    said = [batch.scores(basis.p_closed) for batch in staged]
    costs = np.array(
        [[costs_of(target, staged, said, at, setting) for at in _COARSE] for setting in settings]
    )
    cheapest = int(costs.mean(axis=2).min(axis=1).argmin())  # as configured comes first
    best = settings[cheapest]
    threshold = choose_threshold(costs[cheapest], spread_of_people(basis), _COARSE)
    if best == target.product:
        threshold = point.threshold  # which was chosen on more sessions
    truth = [batch.truth() for batch in sessions]
    cost = _per_1000(costs_of(target, sessions, scores, point.threshold))
    best_cost = _per_1000(costs_of(target, sessions, scores, threshold, best))
    perfect = min(_per_1000(costs_of(target, sessions, truth, one)) for one in _COARSE)
    return KnobSearch(
        tried=len(settings),
        best=knobs_of(target, best),
        operating_point=OperatingPoint(threshold, rule(target)),
        cost=cost,
        best_cost=best_cost,
        perfect_cost=perfect,
        solved=(cost - best_cost) / (cost - perfect) if cost > perfect else None,
    )


def _per_1000(costs: PerPerson) -> float:
    return float(1000 * costs.mean())


def _settings(target: Target) -> Iterator[Product]:
    """The product with its knobs as configured, then with every combination of their values."""
    yield target.product
    grid = list(combinations(*target.knobs.values()))
    if len(grid) > MOST_SETTINGS:
        drawn = np.random.default_rng(0).choice(len(grid), MOST_SETTINGS, replace=False)
        grid = [grid[number] for number in sorted(drawn)]
    for values in grid:
        knobs = dict(zip(target.knobs, values, strict=True))
        if knobs != knobs_of(target, target.product):
            yield target.with_knobs(knobs)
