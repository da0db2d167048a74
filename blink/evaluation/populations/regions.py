from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED, OperatingPoint
from blink.contract.wording import plural
from blink.evaluation.populations.features import describe
from blink.evaluation.populations.halves import first_half
from blink.evaluation.populations.labelled_sample import Contrast, LabelledSample
from blink.evaluation.populations.results import Region
from blink.evaluation.populations.rules import Candidate, find_candidates
from blink.evaluation.statistics import DRAWS, MIN_PEOPLE, SIGNIFICANT, adjust_p_values

MOST_REGIONS: Final = 3
"""So many of those that the search finds are put to the test on the other people."""
MOST_SHARED: Final = 0.5
"""Of two regions, where more of the smaller one lies in the other, only the weaker is kept."""
FEWEST_PEOPLE: Final = 2 * MIN_PEOPLE
"""In either half: region and rest need `MIN_PEOPLE` each."""
_MOST_SHOWN: Final = 12


@dataclass(frozen=True)
class Search:
    """What came of a search for weak regions.

    Attributes:
        regions: Those that were confirmed, the weakest first.
        words: How the search went, in a sentence.
    """

    regions: tuple[Region, ...]
    words: str


def find_regions(
    table: pd.DataFrame,
    operating_point: OperatingPoint,
    pictures: pd.DataFrame | None = None,
    draws: int = DRAWS,
) -> Search:
    """Searches attributes and picture properties together for where the mistakes gather.

    Half of the people are searched by shallow decision trees. What these find is then measured on
    the other half, which the search has not seen, and corrected for how many are measured. Crops
    without a label or a person take no part.

    Args:
        table: A predictions table.
        operating_point: From probability to call.
        pictures: Of the same crops, see `blink.evaluation.pictures`; None without.
        draws: Resamples of people behind each interval.

    Raises:
        DataError: A crop has no picture in `pictures`.
    """
    usable = table[table["label"].notna() & table["subject"].notna()].reset_index(drop=True)
    first, threshold = first_half(usable), operating_point.threshold
    halves = [LabelledSample.of(usable[rows], threshold, draws) for rows in (first, ~first)]
    people = [half.sample.known for half in halves]
    if min(people) < FEWEST_PEOPLE:
        words = (
            f"Not searched, too few people to say: the halves on which weak regions would be found "
            f"and confirmed have {people[0]} and {people[1]}, and need {FEWEST_PEOPLE} each."
        )
        return Search((), words)
    wrong = (usable["p_closed"] >= threshold) != (usable["label"] == CLOSED)
    searching = _SliceSearch(usable, wrong.to_numpy(np.bool_), first, halves[0], halves[1])
    candidates = searching.search(pictures)
    contrasts = [searching.second.contrast(one.inside[~first]) for one in candidates]
    corrected = adjust_p_values([contrast.difference.p for contrast in contrasts])
    regions = [
        searching.report(candidate, contrast, p)
        for candidate, contrast, p in zip(candidates, contrasts, corrected, strict=True)
        if p is not None and p < SIGNIFICANT and (contrast.difference.estimate.value or 0.0) < 0
    ]
    regions.sort(key=lambda region: region.gap.value or 0.0)
    found = plural(len(candidates), "weak region was", "weak regions were")
    words = (
        f"{found} found on {people[0]} people, and {len(regions)} confirmed on {people[1]} others."
    )
    return Search(tuple(regions), words)


@dataclass(frozen=True, eq=False)
class _SliceSearch:
    """Attributes: crops of known people, which are mistakes, which are searched, both halves."""

    table: pd.DataFrame
    wrong: NDArray[np.bool_]
    first: NDArray[np.bool_]
    searched: LabelledSample
    second: LabelledSample

    def search(self, pictures: pd.DataFrame | None) -> list[Candidate]:
        """The weakest regions of the first half of which both halves hold enough."""
        chosen: list[Candidate] = []
        features = describe(self.table, pictures)
        for one in find_candidates(features, self.wrong, self._weights()):
            if len(chosen) == MOST_REGIONS:
                break
            is_new = all(_shared(one.inside, other.inside) <= MOST_SHARED for other in chosen)
            if is_new and self._is_enough(one.inside):
                chosen.append(one)
        return chosen

    def _is_enough(self, inside: NDArray[np.bool_]) -> bool:
        halves = ((self.searched, self.first), (self.second, ~self.first))
        return all(half.why_untested(inside[rows]) is None for half, rows in halves)

    def _weights(self) -> NDArray[np.float64]:
        """Both classes weigh the same, as in balanced accuracy; 0 on the other half."""
        label = self.table.loc[self.first, "label"]
        weights = np.zeros(len(self.table))
        weights[self.first] = 1 / label.groupby(label).transform("size").to_numpy(np.float64)
        return weights

    def report(self, candidate: Candidate, contrast: Contrast, p: float) -> Region:
        """The region with its figures on both halves."""
        inside, second = candidate.inside, ~self.first
        mistakes = self.table[inside & second & self.wrong]
        margin = (mistakes["p_closed"] - mistakes["label"].astype("float64")).abs()
        worst = mistakes.assign(margin=margin).sort_values(
            ["margin", "id"], ascending=[False, True]
        )
        return Region(
            conditions=candidate.conditions,
            found=self.searched.score(inside[self.first]),
            confirmed=self.second.score(inside[second]),
            metric=contrast.metric,
            gap=contrast.difference.estimate,
            p=p,
            share_of_mistakes=len(mistakes) / int((second & self.wrong).sum()),
            ids=tuple(worst["id"].head(_MOST_SHOWN)),
        )


def _shared(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / min(one.sum(), other.sum()))
