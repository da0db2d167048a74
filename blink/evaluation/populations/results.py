from dataclasses import dataclass

from blink.contract.record import Record
from blink.evaluation.scores import Scores
from blink.evaluation.slices import tell_values
from blink.evaluation.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Group(Record):
    """The crops that share the value of one attribute, or of each of two, against the rest.

    The rest are all other crops of which these attributes are known.

    Attributes:
        values: Attribute → value; one or two.
        scores: Of the group; of a pair without AUC and calibration error.
        metric: By which group and rest are compared: balanced accuracy, or where one of them has
            one class only (nobody looks anywhere with closed eyes), the recall of that class.
        gap: Of that metric, group minus rest; negative is weaker.
        p: Two-sided p-value of the gap; None untested. Those of groups of people by one attribute
            are corrected for each other, and so are those of all other groups.
        is_rendered: Whether all of its crops are rendered stand-ins.
        note: Why the group was not tested: `too few people to say: 3, at least 10`; None if it was.
    """

    values: dict[str, str]
    scores: Scores
    metric: str
    gap: Estimate
    p: float | None
    is_rendered: bool
    note: str | None

    @property
    def title(self) -> str:
        """`glasses yes`, `gender woman, lighting bad`."""
        return tell_values(self.values)


@dataclass(frozen=True, slots=True)
class Region(Record):
    """A part of the crops that nobody had listed, found to be weak.

    It was searched for on one half of the people and measured on the other half.

    Attributes:
        conditions: In words, all of which hold: `brightness up to 61 of 255`, `sensor IDS`.
        found: Scores on the half on which it was found: flattering to the search.
        confirmed: Scores on the other half: what is to be believed.
        metric: By which region and rest are compared, see `Group`.
        gap: On that half, against all crops outside of the region.
        p: Two-sided, corrected for all regions that were to be confirmed.
        share_of_mistakes: Of all mistakes of the other half, how many lie in the region.
        ids: A few mistakes of it on the other half, the worst first.
    """

    conditions: tuple[str, ...]
    found: Scores
    confirmed: Scores
    metric: str
    gap: Estimate
    p: float
    share_of_mistakes: float
    ids: tuple[str, ...]

    @property
    def title(self) -> str:
        """`brightness up to 61 of 255, glasses yes`."""
        return ", ".join(self.conditions)


@dataclass(frozen=True, slots=True)
class Populations(Record):
    """For whom it works and for whom not.

    Attributes:
        groups: Attributes in the manifest's order, then pairs; rendered stand-ins, see
            `blink.evaluation.populations.stand_ins`, after the real groups of their attribute.
        regions: The weakest first; each was confirmed.
        search: What became of the search for regions, in a sentence.
        looks: How many gaps of `groups` were tested.
        weakest: The tested group with the lowest gap of balanced accuracy, stand-ins left out; None
            where none could be tested. The lowest of many is low by chance too: believe its p.
    """

    groups: tuple[Group, ...]
    regions: tuple[Region, ...]
    search: str
    looks: int
    weakest: Group | None

    @property
    def is_rendered(self) -> bool:
        """Whether the people of the test set do not exist."""
        return bool(self.groups) and all(group.is_rendered for group in self.groups)

    @property
    def own(self) -> tuple[Group, ...]:
        """The groups of the test set's own people, stand-ins left out."""
        if self.is_rendered:
            return self.groups
        return tuple(group for group in self.groups if not group.is_rendered)
