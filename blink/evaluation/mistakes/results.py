from dataclasses import dataclass
from typing import Literal

from blink.contract.record import Record


@dataclass(frozen=True, slots=True)
class CropCosts(Record):
    """What one wrong crop costs, by the direction of the mistake.

    Attributes:
        missed_closure: A closed eye called open.
        false_closure: An open eye called closed.
        source: Where the figures come from: `each mistake counts 1`, `simulated use of iris_login`.
    """

    missed_closure: float = 1.0
    false_closure: float = 1.0
    source: str = "each mistake counts 1"


@dataclass(frozen=True, slots=True)
class Kind(Record):
    """Mistakes that look alike or share their circumstances.

    Attributes:
        title: What they share, in words: `dark, blurred crops of closed eyes, glasses`.
        direction: Which way they go wrong.
        n: How many.
        people: Of how many people.
        share_of_mistakes: Of all mistakes that are the model's.
        share_of_cost: Of their cost.
        traits: What is more frequent here than among right answers, strongest first, in words:
            `glasses yes: 81.0 % here, 24.3 % among right answers`.
        suggests: `more data`, `label fault`, `unusable crop`, `other features`.
        advice: What to do, in a sentence.
        ids: For the contact sheet, at most 24: the worst first (cost × confidence), but of nobody a
            fourth before everybody's third.
    """

    title: str
    direction: Literal["missed_closure", "false_closure"]
    n: int
    people: int
    share_of_mistakes: float
    share_of_cost: float
    traits: tuple[str, ...]
    suggests: Literal["more data", "label fault", "unusable crop", "other features"]
    advice: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MistakeStudy(Record):
    """All mistakes of an intelligence on a test set.

    Attributes:
        costs: By which they are weighed.
        mistakes: How many there are, suspected label faults included.
        cost: Sum over those that are the model's.
        kinds: The dearest first; they hold every mistake that is the model's, each once.
        label_faults: Ids whose label is suspected by a witness that is not the intelligence; apart.
        how_suspected: In a sentence.
        worst: Ids of the model's worst mistakes over all kinds, at most 24, the worst first.
    """

    costs: CropCosts
    mistakes: int
    cost: float
    kinds: tuple[Kind, ...]
    label_faults: tuple[str, ...]
    how_suspected: str
    worst: tuple[str, ...]
