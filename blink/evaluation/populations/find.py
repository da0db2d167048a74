from collections.abc import Sequence

import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.populations.labelled_sample import Contrast, LabelledSample
from blink.evaluation.populations.pairs import pair_up
from blink.evaluation.populations.regions import find_regions
from blink.evaluation.populations.results import Group, Populations
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.slices import Slice, cut_by_attributes, tells_people
from blink.evaluation.statistics import DRAWS, Difference, adjust_p_values


def find_populations(
    table: pd.DataFrame,
    operating_point: OperatingPoint,
    pictures: pd.DataFrame | None = None,
    draws: int = DRAWS,
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

    Raises:
        DataError: It is no predictions table, or a crop has no picture in `pictures`.
    """
    checked = checked_predictions(table, "The table to evaluate")
    groups = _find_groups(LabelledSample.of(checked, operating_point.threshold, draws))
    tested = [group for group in groups if group.p is not None]
    balanced = [group for group in tested if group.metric == "balanced_accuracy"]
    search = find_regions(checked, operating_point, pictures, draws)
    return Populations(
        groups=tuple(groups),
        regions=search.regions,
        search=search.words,
        looks=len(tested),
        weakest=min(balanced, key=lambda group: group.gap.value or 0.0, default=None),
    )


def find_gaps(
    table: pd.DataFrame, operating_point: OperatingPoint, draws: int = DRAWS
) -> dict[str, Difference]:
    """The gaps of all groups of people that can be tested, without all else told of them.

    Args:
        table: See `find_populations`; the others likewise.
        operating_point: Its.
        draws: Resamples.

    Returns:
        Title of the group → its gap, with the p that `find_populations` gives it, too.

    Raises:
        DataError: It is no predictions table.
    """
    checked = checked_predictions(table, "The table to evaluate")
    labelled = LabelledSample.of(checked, operating_point.threshold, draws)
    slices = [each for each in cut_by_attributes(labelled.table) if tells_people(each.values)]
    contrasts = [labelled.contrast(each.inside, each.known) for each in slices]
    corrected = adjust_p_values([contrast.difference.p for contrast in contrasts])
    return {
        each.title: Difference(contrast.difference.estimate, p)
        for each, contrast, p in zip(slices, contrasts, corrected, strict=True)
        if p is not None
    }


def _contrast_all(labelled: LabelledSample) -> list[tuple[Slice, Contrast]]:
    singles = list(cut_by_attributes(labelled.table))
    slices = [
        *singles,
        *pair_up([each for each in singles if labelled.is_large_enough(each.inside)]),
    ]
    return [(each, labelled.contrast(each.inside, each.known)) for each in slices]


def _find_groups(labelled: LabelledSample) -> list[Group]:
    contrasts = _contrast_all(labelled)
    return [
        Group(
            values=each.values,
            scores=(labelled.score if len(each.values) == 1 else labelled.score_calls)(each.inside),
            metric=contrast.metric,
            gap=contrast.difference.estimate,
            p=p,
            is_rendered=labelled.is_rendered(each.inside),
            note=contrast.note,
        )
        for (each, contrast), p in zip(contrasts, _correct_apart(contrasts), strict=True)
    ]


def _correct_apart(contrasts: Sequence[tuple[Slice, Contrast]]) -> list[float | None]:
    """Groups of people, which were named beforehand, do not pay for the search through others."""
    found = [(contrast.difference.p, tells_people(each.values)) for each, contrast in contrasts]
    people = adjust_p_values([p if is_named else None for p, is_named in found])
    others = adjust_p_values([None if is_named else p for p, is_named in found])
    return [other if one is None else one for one, other in zip(people, others, strict=True)]
