"""What came of it, JSON-ready."""

from dataclasses import dataclass

from blink.contract.record import Record
from blink.evaluation.statistics import Difference, Estimate
from blink.runtime.inspection import Reason


@dataclass(frozen=True, slots=True)
class Refusals(Record):
    """How often eyes of test people are refused; each time counts as a mistake, even of a bad crop.

    Attributes:
        group: Which eyes, in words: `all`, `closed`, `glasses yes`.
        crops: How many there are.
        people: Of how many people, as far as they are known.
        unknown: How many of the crops are of people unknown.
        refused: The share that is refused, whatever the reason.
    """

    group: str
    crops: int
    people: int
    unknown: int
    refused: Estimate


@dataclass(frozen=True, slots=True)
class ReasonGiven(Record):
    """How often eyes of test people are refused for one reason.

    Attributes:
        reason: The reason.
        crops: How many crops.
        refused: Their share among all.
    """

    reason: Reason
    crops: int
    refused: Estimate


@dataclass(frozen=True, slots=True)
class Intruders(Record):
    """How often crops that must not be answered are refused.

    Attributes:
        kind: What they show, in a word or two.
        source: `drawn` without an eye, `cut` wrong out of test people's crops, or `spoilt`.
        was_learnt: Whether the score behind *not an eye* was fitted on this kind.
        crops: How many were tried.
        refused: The share that is refused; over people where they are cut from people's crops.
        reason: The reason that was given most often; None where none was refused.
        let_in: How many were not refused, and could be answered.
        called_closed: The share of these that would be called closed, over people as above.
    """

    kind: str
    source: str
    was_learnt: bool
    crops: int
    refused: Estimate
    reason: Reason | None
    let_in: int
    called_closed: Estimate


@dataclass(frozen=True, slots=True)
class Kept(Record):
    """Balanced accuracy over all labelled crops, and over those alone that are not refused.

    Attributes:
        everything: Over all.
        kept: Over those that are not refused.
        difference: The latter minus the former, over the same people.
    """

    everything: Estimate
    kept: Estimate
    difference: Difference


@dataclass(frozen=True, slots=True)
class Abstention(Record):
    """What refusing is worth on one test set.

    Attributes:
        can_tell_strangers: Whether the bundle can give the reason *not an eye* at all.
        groups: All labelled eyes first, then closed, open, and each value of each attribute.
        closed_minus_open: How much more often a closed eye is refused than an open one.
        reasons: Each reason that the bundle can give.
        intruders: The kinds of what must not be answered.
        kept: What refusing does to the accuracy.
    """

    can_tell_strangers: bool
    groups: tuple[Refusals, ...]
    closed_minus_open: Difference
    reasons: tuple[ReasonGiven, ...]
    intruders: tuple[Intruders, ...]
    kept: Kept
