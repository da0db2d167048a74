"""What must not be answered, shown to an inspector and to the intelligence behind it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop, Intelligence
from blink.evaluation.abstention.results import Intruders
from blink.evaluation.statistics import Estimate, ratio
from blink.runtime.crops import SMALLEST_SIDE
from blink.runtime.inspection import Inspector
from blink.synthesis.strangers import CUTS, HELD_OUT, KINDS, draw_strangers
from blink.synthesis.strangers.spoilt import defocused, fogged, glaring, tiny

SEED: Final = 1
"""Not the one that strangers are learnt with."""

SPOILT: Final[dict[str, Callable[[Crop], Crop]]] = {
    "tiny": tiny,
    "fogged": fogged,
    "glaring": glaring,
    "defocused": defocused,
}


def judge_intruders(
    inspector: Inspector,
    intelligence: Intelligence,
    threshold: float,
    eyes: Sequence[Crop],
    owners: NDArray[np.int64],
) -> tuple[Intruders, ...]:
    """Every kind of what must not be answered.

    Args:
        inspector: The bundle's.
        intelligence: Answers what is let in.
        threshold: Where p_closed becomes a call.
        eyes: Crops of test people.
        owners: (eyes,) whose they are, as whole numbers.
    """
    return tuple(
        _judge(inspector, intelligence, threshold, kind, source, crops, whose)
        for kind, source, crops, whose in _assemble(eyes, owners)
    )


def _assemble(
    eyes: Sequence[Crop], owners: NDArray[np.int64]
) -> Iterator[tuple[str, str, Sequence[Crop], NDArray[np.int64]]]:
    for kind in KINDS:  # each of a person of its own, or of nobody
        yield kind, "drawn", _drawn(kind, len(eyes)), np.arange(len(eyes))
    for kind in CUTS:
        yield kind, "cut", draw_strangers(kind, eyes, len(eyes), SEED), owners
    for kind, spoil in SPOILT.items():
        yield kind, "spoilt", [spoil(eye) for eye in eyes], owners


@lru_cache(maxsize=32)
def _drawn(kind: str, count: int) -> tuple[Crop, ...]:
    """The same for every test set, and rendering takes most of the time."""
    return tuple(draw_strangers(kind, [], count, SEED))


def _judge(
    inspector: Inspector,
    intelligence: Intelligence,
    threshold: float,
    kind: str,
    source: str,
    crops: Sequence[Crop],
    owners: NDArray[np.int64],
) -> Intruders:
    reasons = [inspector.inspect(crop).reason for crop in crops]
    refused = np.array([reason is not None for reason in reasons], np.bool_)
    given = Counter(reason for reason in reasons if reason is not None)
    let_in = [
        place
        for place, (crop, reason) in enumerate(zip(crops, reasons, strict=True))
        if reason is None and min(crop.shape[:2]) >= SMALLEST_SIDE
    ]
    answers = intelligence.predict([crops[place] for place in let_in]) if let_in else None
    return Intruders(
        kind=kind,
        source=source,
        was_learnt=kind not in HELD_OUT and source != "spoilt",
        crops=len(crops),
        refused=_share(refused, owners),
        reason=given.most_common(1)[0][0] if given else None,
        let_in=len(let_in),
        called_closed=(
            Estimate(None, gap="none was let in")
            if answers is None
            else _share(answers >= threshold, owners[let_in])
        ),
    )


def _share(held: NDArray[np.bool_], owners: NDArray[np.int64]) -> Estimate:
    """How often it holds of a crop, over the people who have any."""
    tried = np.ones(len(held))
    part, whole = (np.bincount(owners, amount).astype(np.float64) for amount in (held, tried))
    return ratio(part, whole, most=1.0)
