"""What a kind of mistakes suggests, by a stated rule.

The first of these that holds:

1. `unusable crop`: by the audit's limits hardly anything is to be seen in at least half of the
   crops (blank, saturated, blurred, or likely no eye).
2. `label fault`: the witness, too, takes at least three quarters of the crops for the other state,
   though it and the intelligence are not sure enough for each label to be suspected by itself.
3. `more data`: at least two thirds of the mistakes are of one person; or the traits that mark the
   kind hold together for at most a tenth of the right answers.
4. `other features`: such crops are frequent among right answers too, so that more of them will
   hardly help; or nothing that is known marks them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract.wording import percent
from blink.data.audit.limits import Limits
from blink.data.audit.unusable import faults
from blink.evaluation.mistakes.traits import Trait

Suggestion = Literal["more data", "label fault", "unusable crop", "other features"]

_UNUSABLE: Final = 0.5
_CONTRADICTED: Final = 0.75
_ONE_PERSON: Final = 2 / 3
_RARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rule looks at; shares of the kind's crops, but for `usual`.

    Attributes:
        unusable: In which hardly anything is to be seen.
        contradicted: Whose label the witness does not share; None if it is not heard.
        one_person: Of the person who has most of them.
        marks: The traits by which the kind is known.
        usual: Share of the right answers for which all marks hold; None where that means nothing.
    """

    unusable: float
    contradicted: float | None
    one_person: float
    marks: Sequence[Trait]
    usual: float | None


def is_unusable(pictures: pd.DataFrame) -> NDArray[np.bool_]:
    """Where the audit would call a crop blank, saturated, blurred or without an eye: (N,)."""
    levels, clipped, detail, strange = (
        pictures[name].to_numpy() for name in ("range", "clipped", "sharpness", "strangeness")
    )
    found = faults(levels, clipped, detail, strange, Limits())
    unusable: NDArray[np.bool_] = np.any(list(found.values()), axis=0)
    return unusable


def suggest(evidence: Evidence) -> tuple[Suggestion, str]:
    """The suggestion, and what to do about it in a sentence."""
    if evidence.unusable >= _UNUSABLE:
        return "unusable crop", (
            f"Hardly anything is to be seen in {percent(evidence.unusable)} % of these crops: let "
            "the product refuse such a picture and take another, rather than train on it."
        )
    if evidence.contradicted is not None and evidence.contradicted >= _CONTRADICTED:
        return "label fault", (
            "A witness that never saw the scores makes the same mistake on "
            f"{percent(evidence.contradicted)} % of these crops: look at the labels first, and "
            "take them away where the eye is half-closed."
        )
    if evidence.one_person >= _ONE_PERSON:
        return "more data", (
            f"{percent(evidence.one_person)} % of these are of one person: collect other people "
            "who look alike before anything is concluded."
        )
    if evidence.usual is not None and evidence.usual <= _RARE:
        conditions = " and ".join(trait.condition.words for trait in evidence.marks)
        return "more data", (
            f"Collect and label more such crops, of other people: {conditions} "
            f"{'hold together' if len(evidence.marks) > 1 else 'holds'} for only "
            f"{percent(evidence.usual)} % of the right answers."
        )
    if evidence.usual is None:
        return "other features", (
            "Nothing that is known of these crops marks them: see in the pictures what they have "
            "in common, and whether the input shows it."
        )
    return "other features", (
        f"Such crops are frequent, {percent(evidence.usual)} % of the right answers are alike, so "
        "that more of them will hardly help: try a larger input, another crop or a wider net."
    )
