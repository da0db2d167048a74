"""What a comparison of two finds, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from blink.contract.record import Record
from blink.evaluation.statistics import SAME, SIGNIFICANT, Difference, Discordance, Estimate

Call = Literal["better", "worse", "noise", "the same answers", "too few people to say"]

_TURNED: dict[Call, Call] = {"better": "worse", "worse": "better"}


@dataclass(frozen=True, slots=True)
class Gain(Record):
    """How much better one is than another.

    Attributes:
        difference: Of balanced accuracy.
        p: Two-sided, corrected for all differences that were looked at; None untested.
        call: What becomes of it.
    """

    difference: Estimate
    p: float | None
    call: Call

    @classmethod
    def of(cls, difference: Difference, p: float | None, *, are_same: bool = False) -> "Gain":
        """A difference with its corrected p.

        Args:
            difference: As measured.
            p: Corrected.
            are_same: Whether the two answer alike on every crop.
        """
        return cls(difference.estimate, p, _call(difference.estimate, p, are_same=are_same))

    def turned(self) -> "Gain":
        """The same, seen from the other."""
        return Gain(_minus(self.difference), self.p, _TURNED.get(self.call, self.call))


@dataclass(frozen=True, slots=True)
class Pair(Record):
    """Two models on the same people.

    Attributes:
        first: Title of the one.
        second: Title of the other.
        gain: Of the first over the second.
        mcnemar: McNemar's test over people and over crops, not corrected for the number of pairs;
            None for an average of seeds, of which there is none.
        first_wrong: Crops that the first alone gets wrong; of seeds, more than half of them.
        second_wrong: Crops that the second alone gets wrong.
        both_wrong: Crops that both get wrong.
    """

    first: str
    second: str
    gain: Gain
    mcnemar: Discordance | None
    first_wrong: int
    second_wrong: int
    both_wrong: int

    def turned(self) -> "Pair":
        """The same, seen from the second."""
        test = self.mcnemar
        return replace(
            self,
            first=self.second,
            second=self.first,
            gain=self.gain.turned(),
            mcnemar=test and replace(test, only_a=test.only_b, only_b=test.only_a),
            first_wrong=self.second_wrong,
            second_wrong=self.first_wrong,
        )


class Pairs:
    """Pairs by the titles of the two, whichever stands first."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.all = tuple(pairs)
        both = [*pairs, *(one.turned() for one in pairs)]
        self._by_titles = {(one.first, one.second): one for one in both}

    def of(self, first: str, second: str) -> Pair:
        """The pair of these two, seen from the first.

        Raises:
            KeyError: They were not compared.
        """
        return self._by_titles[first, second]

    @property
    def looks(self) -> int:
        """For how many tests the p-values are corrected."""
        return sum(one.gain.p is not None for one in self.all)


def _call(difference: Estimate, p: float | None, *, are_same: bool) -> Call:
    if are_same:
        return "the same answers"
    if difference.value == 0 and difference.gap == SAME:
        return "noise"
    if difference.value is None or p is None:
        return "too few people to say"
    if p >= SIGNIFICANT:
        return "noise"
    return "better" if difference.value > 0 else "worse"


def _minus(estimate: Estimate) -> Estimate:
    return replace(
        estimate,
        value=None if estimate.value is None else -estimate.value,
        low=None if estimate.high is None else -estimate.high,
        high=None if estimate.low is None else -estimate.low,
    )
