"""What a kind of mistakes is called."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from blink.contract.labels import NAMES
from blink.evaluation.mistakes.calls import TRUTH, Direction
from blink.evaluation.mistakes.traits import Trait

MARKS: Final = 2
"""Traits by which a kind is known."""
_MOST_MARKS: Final = 4
_SHARE: Final = 0.5
_LIFT: Final = 2.0


def marks(traits: Sequence[Trait], most: int = MARKS) -> list[Trait]:
    """The traits by which a kind is known: the strongest that hold for half of it.

    They are twice as frequent as among right answers, and name no person, who stands for nobody
    else.

    Args:
        traits: The strongest first.
        most: How many.
    """
    return [trait for trait in traits if _is_mark(trait)][:most]


def _is_mark(trait: Trait) -> bool:
    is_lifted = trait.elsewhere is None or trait.here >= _LIFT * trait.elsewhere
    return trait.here >= _SHARE and is_lifted and not trait.condition.is_person


def entitle(direction: Direction, kinds: Sequence[Sequence[Trait]]) -> list[str]:
    """A title for each kind of one direction: `dark crops of closed eyes, glasses yes`.

    No two are the same: those that are get up to two more traits, and at last a number.

    Args:
        direction: Which way they go wrong.
        kinds: The traits of each, the strongest first.
    """
    titles = [_title(direction, traits, MARKS) for traits in kinds]
    for most in range(MARKS + 1, _MOST_MARKS + 1):
        total = Counter(titles)
        titles = [
            _title(direction, traits, most) if total[title] > 1 else title
            for title, traits in zip(titles, kinds, strict=True)
        ]
    return _numbered(titles)


def _title(direction: Direction, traits: Sequence[Trait], most: int) -> str:
    eyes = f"crops of {NAMES[TRUTH[direction]]} eyes"
    named = [trait.condition for trait in marks(traits, most)]
    if not named:
        weaker = [trait.condition for trait in traits if not trait.condition.is_person]
        if not weaker:
            return f"{eyes} without a common trait"
        return f"{eyes}, many {'of them' if weaker[0].is_adjective else 'with'} {weaker[0].name}"
    adjectives = ", ".join(one.name for one in named if one.is_adjective)
    others = [one.name for one in named if not one.is_adjective]
    return ", ".join([f"{adjectives} {eyes}".strip(), *others])


def _numbered(titles: Sequence[str]) -> list[str]:
    total, seen = Counter(titles), Counter[str]()
    numbered = []
    for title in titles:
        seen[title] += 1
        numbered.append(f"{title} ({seen[title]})" if total[title] > 1 else title)
    return numbered
