"""What the sessions of some people come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from blink.contract import CLOSED, OPEN
from blink.evaluation.experience.log_odds import log_odds
from blink.evaluation.experience.sessions import SessionBatch
from blink.target import Product, Scores, Tally, Target

PerPerson = NDArray[np.float64]
"""(people,)"""

EVERY_SESSION: Final = slice(None)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What each person goes through, per use; all arrays are (people,).

    Attributes:
        good: Uses that went well.
        mistakes: Kind → how many.
        seconds: Mean time to success; NaN for a person who never had any.
    """

    good: PerPerson
    mistakes: Mapping[str, PerPerson]
    seconds: PerPerson

    def cost(self, target: Target) -> PerPerson:
        """Cost per use, in the target's currency."""
        return self._sum({kind: target.mistakes[kind].cost for kind in self.mistakes})

    def visible(self, target: Target) -> PerPerson:
        """Visible mistakes per use."""
        return self._sum({kind: target.mistakes[kind].visible for kind in self.mistakes})

    def _sum(self, weights: Mapping[str, float]) -> PerPerson:
        parts = [weights[kind] * counts for kind, counts in self.mistakes.items()]
        return np.sum(parts, axis=0) if parts else np.zeros_like(self.good)


def play(
    target: Target,
    sessions: Sequence[SessionBatch],
    scores: Sequence[Scores],
    threshold: float,
    product: Product | None = None,
    part: slice = EVERY_SESSION,
) -> Outcome:
    """Runs the product over everybody's sessions.

    Args:
        target: Whose product it is.
        sessions: One for each person.
        scores: What the intelligence says in each.
        threshold: Where p_closed becomes a call.
        product: The product with other knobs; the target's own by default.
        part: Which of everybody's sessions.
    """
    product = product or target.product
    tallies = [
        product.play(said[part], batch.openness[part], threshold, target.fps)
        for batch, said in zip(sessions, scores, strict=True)
    ]
    uses = np.array([tally.uses.sum() for tally in tallies])
    return Outcome(
        good=np.array([tally.good.sum() for tally in tallies]) / uses,
        mistakes={
            kind: np.array([tally.mistakes[kind].sum() for tally in tallies]) / uses
            for kind in product.kinds
        },
        seconds=np.array([_mean_seconds(tally) for tally in tallies]),
    )


def _mean_seconds(tally: Tally) -> float:
    known = np.isfinite(tally.seconds)
    return float(tally.seconds[known].mean()) if known.any() else float("nan")


def say(sessions: Sequence[SessionBatch], p_closed: NDArray[np.float32]) -> list[Scores]:
    """What an intelligence says in all sessions, by its predictions."""
    return [batch.scores(p_closed) for batch in sessions]


def move(
    p_closed: NDArray[np.float32], label: NDArray[np.float64], step: float
) -> NDArray[np.float32]:
    """Predictions of an intelligence that is better by `step` in log odds, or worse if negative.

    Args:
        p_closed: (N,)
        label: (N,), NaN where it is not known: these stay.
        step: Towards the truth.
    """
    towards = np.select([label == CLOSED, label == OPEN], [1.0, -1.0], 0.0)
    odds = log_odds(p_closed.astype(np.float64))
    return expit(odds + step * towards).astype(np.float32)  # type: ignore[no-any-return]
