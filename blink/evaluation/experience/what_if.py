"""What the users would feel at other thresholds and with better or worse intelligences."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN
from blink.evaluation.experience.basis import Basis
from blink.evaluation.experience.operating_point import THRESHOLDS
from blink.evaluation.experience.outcome import Outcome, move, play, say
from blink.evaluation.experience.results import AccuracyPoint, ThresholdPoint
from blink.evaluation.experience.sessions import SessionBatch
from blink.target import Target

STEPS: Final = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0)
"""By how much better and worse intelligences are imagined, in log odds."""


def at_thresholds(
    target: Target, basis: Basis, sessions: Sequence[SessionBatch], frozen: float
) -> tuple[ThresholdPoint, ...]:
    """The experience at each threshold, the frozen one among them; empty where nobody plays."""
    scores = say(sessions, basis.p_closed)
    shown = sorted({*THRESHOLDS[::2], frozen}) if sessions else []
    outcomes = {threshold: play(target, sessions, scores, threshold) for threshold in shown}
    return tuple(
        ThresholdPoint(
            threshold=threshold,
            cost_per_1000_uses=_cost(target, outcome),
            mistakes_per_user_and_day=_mistakes(target, outcome),
            kinds={
                kind: float(counts.mean() * target.uses_per_day)
                for kind, counts in outcome.mistakes.items()
            },
        )
        for threshold, outcome in outcomes.items()
    )


def at_accuracies(
    target: Target, basis: Basis, sessions: Sequence[SessionBatch], threshold: float
) -> tuple[AccuracyPoint, ...]:
    """The experience with each imagined intelligence; empty where nobody plays."""
    moved = {step: move(basis.p_closed, basis.label, step) for step in STEPS if sessions}
    outcomes = {
        step: play(target, sessions, say(sessions, p_closed), threshold)
        for step, p_closed in moved.items()
    }
    return tuple(
        AccuracyPoint(
            step=step,
            balanced_accuracy=_balanced(basis, moved[step] >= threshold),
            cost_per_1000_uses=_cost(target, outcome),
            mistakes_per_user_and_day=_mistakes(target, outcome),
        )
        for step, outcome in outcomes.items()
    )


def _balanced(basis: Basis, called: NDArray[np.bool_]) -> float:
    """Of the pictures of people who play, who show both states."""
    takes = [take for one in basis.people for take in one.takes]
    rows = np.unique(np.concatenate([p.rows.ravel() for t in takes for p in (t.opened, t.closed)]))
    label, said = basis.label[rows], called[rows]
    return float((said[label == CLOSED].mean() + (~said)[label == OPEN].mean()) / 2)


def _cost(target: Target, outcome: Outcome) -> float:
    return float(1000 * outcome.cost(target).mean())


def _mistakes(target: Target, outcome: Outcome) -> float:
    return float(outcome.visible(target).mean() * target.uses_per_day)
