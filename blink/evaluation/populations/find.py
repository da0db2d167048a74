from collections.abc import Sequence

import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.populations.crowd import Contrast, Crowd
from blink.evaluation.populations.pairs import pair_up
from blink.evaluation.populations.regions import find_regions
from blink.evaluation.populations.results import Group, Populations
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.slices import Cut, cut_by_attributes, tells_people
from blink.evaluation.statistics import DRAWS, Difference, adjust_p_values


def find_populations(
    table: pd.DataFrame,
    operating_point: OperatingPoint,
    pictures: pd.DataFrame | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Populations:
    """Judges every group of one attribute or of two, and searches for weak regions beside them.

    Groups that have too few people or crops are shown with the reason. Pairs are looked at where
    each value by itself has enough. Crops of people unknown are scored, and take no part in
    comparisons: nobody could say on how many people these rest.

    Args:
        table: A predictions table; crops without a label take no part.
        operating_point: From probability to call, chosen on other people than these.
        pictures: Of the same crops, see `blink.evaluation.pictures`; without, regions are searched
            by attributes alone.
        draws: Resamples of people behind each interval.
        seed: Of the resampling.

    Raises:
        DataError: It is no predictions table, or a crop has no picture in `pictures`.
    """
    checked = checked_predictions(table, "The table to evaluate")
    groups = _find_groups(Crowd.of(checked, operating_point.threshold, draws, seed))
    tested = [group for group in groups if group.p is not None]
    balanced = [group for group in tested if group.metric == "balanced_accuracy"]
    search = find_regions(checked, operating_point, pictures, draws, seed)
    return Populations(
        groups=tuple(groups),
        regions=search.regions,
        search=search.words,
        looks=len(tested),
        weakest=min(balanced, key=lambda group: group.gap.value or 0.0, default=None),
    )


def find_gaps(
    table: pd.DataFrame, operating_point: OperatingPoint, draws: int = DRAWS, seed: int = 0
) -> dict[str, Difference]:
    """The gaps of all groups of people that can be tested, without all else told of them.

    Args:
        table: See `find_populations`; the others likewise.
        operating_point: Its.
        draws: Resamples.
        seed: Of the resampling.

    Returns:
        Title of the group → its gap, with the p that `find_populations` gives it, too.

    Raises:
        DataError: It is no predictions table.
    """
    checked = checked_predictions(table, "The table to evaluate")
    crowd = Crowd.of(checked, operating_point.threshold, draws, seed)
    cuts = [cut for cut in cut_by_attributes(crowd.table) if tells_people(cut.values)]
    contrasts = [crowd.contrast(cut.inside, cut.known) for cut in cuts]
    corrected = adjust_p_values([contrast.difference.p for contrast in contrasts])
    return {
        cut.title: Difference(contrast.difference.estimate, p)
        for cut, contrast, p in zip(cuts, contrasts, corrected, strict=True)
        if p is not None
    }


def _contrast_all(crowd: Crowd) -> list[tuple[Cut, Contrast]]:
    singles = list(cut_by_attributes(crowd.table))
    cuts = [*singles, *pair_up([cut for cut in singles if crowd.is_large_enough(cut.inside)])]
    return [(cut, crowd.contrast(cut.inside, cut.known)) for cut in cuts]


def _find_groups(crowd: Crowd) -> list[Group]:
    contrasts = _contrast_all(crowd)
    return [
        Group(
            values=cut.values,
            scores=(crowd.score if len(cut.values) == 1 else crowd.score_calls)(cut.inside),
            metric=contrast.metric,
            gap=contrast.difference.estimate,
            p=p,
            is_rendered=crowd.is_rendered(cut.inside),
            note=contrast.note,
        )
        for (cut, contrast), p in zip(contrasts, _correct_apart(contrasts), strict=True)
    ]


def _correct_apart(contrasts: Sequence[tuple[Cut, Contrast]]) -> list[float | None]:
    """Groups of people, which were named beforehand, do not pay for the search through others."""
    found = [(contrast.difference.p, tells_people(cut.values)) for cut, contrast in contrasts]
    people = adjust_p_values([p if is_named else None for p, is_named in found])
    others = adjust_p_values([None if is_named else p for p, is_named in found])
    return [other if one is None else one for one, other in zip(people, others, strict=True)]
