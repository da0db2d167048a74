"""Rivals measured in turn, A B A B, in one run: what the machine's mood does, it does to both.

And CPU time, which says more than the clock where the machine has other work to do.
"""

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCKS = 40
"""Pairs that follow each other are drawn together: a busy second slows all of them down."""
DRAWS = 2000


@dataclass(frozen=True)
class Comparison:
    """Two rivals, medians over the rounds.

    Attributes:
        rival: Of the one that is compared with.
        ours: Of Blink.
        ratio: `ours / rival`.
        ratio_interval: Its 95 % interval.
        difference: `ours - rival`.
        difference_interval: Its 95 % interval.
        rounds: How many pairs were measured.
    """

    rival: float
    ours: float
    ratio: float
    ratio_interval: tuple[float, float]
    difference: float
    difference_interval: tuple[float, float]
    rounds: int


def cpu_times() -> tuple[float, float]:
    """Seconds of CPU time until now: of this process, and of those that it has ended."""
    own, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def in_turn(
    rounds: int, rivals: Sequence[Callable[[], float]], warm_up: int = 0
) -> NDArray[np.float64]:
    """Asks each rival once a round for its figure, such as the seconds that a call took.

    Args:
        rounds: How many are kept.
        rivals: What measures one call each.
        warm_up: How many rounds run before them.

    Returns:
        (rounds, rivals).
    """
    figures = [[rival() for rival in rivals] for _ in range(warm_up + rounds)]
    return np.array(figures[warm_up:])


def compare(rival: NDArray[np.float64], ours: NDArray[np.float64], seed: int = 0) -> Comparison:
    """Medians, their ratio and difference, with percentile intervals of a bootstrap over blocks.

    Args:
        rival: (rounds,), one figure a round.
        ours: (rounds,), of the same rounds.
        seed: The same seed draws the same blocks.
    """
    pairs = np.stack([rival, ours], axis=1)
    blocks = np.array_split(pairs, min(BLOCKS, len(pairs)))
    random = np.random.default_rng(seed)
    drawn = np.array(
        [
            np.median(np.concatenate([blocks[n] for n in chosen]), axis=0)
            for chosen in random.integers(len(blocks), size=(DRAWS, len(blocks)))
        ]
    )
    median = np.median(pairs, axis=0)
    return Comparison(
        rival=float(median[0]),
        ours=float(median[1]),
        ratio=float(median[1] / median[0]),
        ratio_interval=_interval(drawn[:, 1] / drawn[:, 0]),
        difference=float(median[1] - median[0]),
        difference_interval=_interval(drawn[:, 1] - drawn[:, 0]),
        rounds=len(pairs),
    )


def _interval(drawn: NDArray[Any]) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)
