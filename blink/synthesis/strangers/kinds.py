from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from blink.contract import Crop
from blink.latency.slot import giving_way
from blink.synthesis.strangers import bystanders, miscuts, scenery

Draw = Callable[[np.random.Generator], Crop]
Cut = Callable[[Crop, np.random.Generator], Crop]

KINDS: Final[Mapping[str, Draw]] = {
    "cheek": bystanders.cheek,
    "forehead": bystanders.forehead,
    "brow": bystanders.brow,
    "off-centre": bystanders.off_centre,
    "mouth": bystanders.mouth,
    "nostrils": bystanders.nostrils,
    "hair": bystanders.hair,
    "hand": bystanders.hand,
    "text": scenery.text,
    "pattern": scenery.pattern,
    "clouds": scenery.clouds,
    "noise": scenery.noise,
    "shade": scenery.shade,
    "shapes": scenery.shapes,
    "photograph": scenery.photograph,
}
"""What shows no eye, by name."""

CUTS: Final[Mapping[str, Cut]] = {
    "corner": miscuts.corner,
    "edge": miscuts.edge,
    "shifted": miscuts.shifted,
    "turned": miscuts.turned,
    "upside down": miscuts.upside_down,
    "shuffled": miscuts.shuffled,
}
"""What makes a wrong crop of a right one, by name."""

HELD_OUT: Final = frozenset(
    {"nostrils", "hand", "shapes", "photograph", "edge", "upside down", "shuffled"}
)
"""Kinds that nothing is fitted on: they show what becomes of a stranger whom nobody thought of."""

_NAMES: Final = (*KINDS, *CUTS)


def strangers(eyes: Sequence[Crop], count: int, seed: int) -> list[Crop]:
    """Crops to learn strangers from: every kind but those of `HELD_OUT`, in turns.

    Args:
        eyes: Crops of training people; some of them are cut wrong.
        count: How many strangers.
        seed: The same seed and eyes give the same strangers.
    """
    names = [name for name in _NAMES if name not in HELD_OUT]
    numbers = giving_way(range(count))
    return [_draw(names[number % len(names)], eyes, seed, number) for number in numbers]


def draw_strangers(kind: str, eyes: Sequence[Crop], count: int, seed: int) -> list[Crop]:
    """Strangers of one kind, to be tested on.

    Args:
        kind: A key of `KINDS` or `CUTS`.
        eyes: Crops of test people; those of `CUTS` are made of them, the first of the first.
        count: How many; of `CUTS` as many as there are eyes at most.
        seed: The same seed and eyes give the same strangers.
    """
    if kind in CUTS:
        return [
            CUTS[kind](eye, _rng(kind, seed, number)) for number, eye in enumerate(eyes[:count])
        ]
    return [KINDS[kind](_rng(kind, seed, number)) for number in range(count)]


def _draw(kind: str, eyes: Sequence[Crop], seed: int, number: int) -> Crop:
    rng = _rng(kind, seed, number)
    return CUTS[kind](eyes[int(rng.integers(len(eyes)))], rng) if kind in CUTS else KINDS[kind](rng)


def _rng(kind: str, seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng((seed, _NAMES.index(kind), number))
