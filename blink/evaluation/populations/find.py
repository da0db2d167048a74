import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.populations.crowd import Contrast, Crowd
from blink.evaluation.populations.pairs import pair_up
from blink.evaluation.populations.regions import find_regions
from blink.evaluation.populations.results import Group, Populations
from blink.evaluation.predictions import checked_predictions
from blink.evaluation.slices import Cut, cut_by_attributes
from blink.evaluation.statistics import DRAWS, Difference, correct


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
) -> list[Difference]:
    """The gaps of all groups of one attribute that can be tested, without all else told of them.

    Args:
        table: See `find_populations`; the others likewise.
        operating_point: Its.
        draws: Resamples.
        seed: Of the resampling.

    Returns:
        Each with its p, corrected for all of them.

    Raises:
        DataError: It is no predictions table.
    """
    checked = checked_predictions(table, "The table to evaluate")
    crowd = Crowd.of(checked, operating_point.threshold, draws, seed)
    contrasts = [crowd.contrast(cut.inside, cut.known) for cut in cut_by_attributes(crowd.table)]
    tested = [contrast.difference for contrast in contrasts if contrast.difference.p is not None]
    corrected = correct([one.p for one in tested])
    return [Difference(one.estimate, p) for one, p in zip(tested, corrected, strict=True)]


def _contrast_all(crowd: Crowd) -> list[tuple[Cut, Contrast]]:
    singles = list(cut_by_attributes(crowd.table))
    cuts = [*singles, *pair_up([cut for cut in singles if crowd.is_large_enough(cut.inside)])]
    return [(cut, crowd.contrast(cut.inside, cut.known)) for cut in cuts]


def _find_groups(crowd: Crowd) -> list[Group]:
    contrasts = _contrast_all(crowd)
    corrected = iter(
        correct([p for _, contrast in contrasts if (p := contrast.difference.p) is not None])
    )
    return [
        Group(
            values=cut.values,
            scores=(crowd.score if len(cut.values) == 1 else crowd.score_calls)(cut.inside),
            metric=contrast.metric,
            gap=contrast.difference.estimate,
            p=None if contrast.difference.p is None else next(corrected),
            is_rendered=crowd.is_rendered(cut.inside),
            note=contrast.note,
        )
        for cut, contrast in contrasts
    ]
