from collections.abc import Mapping

from blink.evaluation.statistics import SIGNIFICANT, Difference, Estimate


def widest_gap(gaps: Mapping[str, Difference]) -> tuple[Estimate, str]:
    """By how many points of accuracy the weakest group may lie below the rest, and which it is.

    The widest gap that was seen, the clearest that is more than chance, and the widest that there
    may be need not be of one group.

    Args:
        gaps: Title of each group → group minus rest, with corrected p; without p where it was not
            tested.

    Returns:
        The widest gap that was seen; from the clearest in which a group lies below the rest by more
        than chance (0 where none does, or what was seen, where every group lies above) to the
        widest that any of the groups can have. Then the groups behind these, as far as one lies
        below: `widest in glasses yes, upper end from skin tone VI`.
    """
    p = {title: gap.p for title, gap in gaps.items() if gap.p is not None}
    if not p:
        return Estimate(None, gap="too few people in every group"), ""
    value, least, most = (
        {title: -100 * getattr(gaps[title].estimate, end) for title in p}
        for end in ("value", "high", "low")
    )
    seen, farthest = max(p, key=value.__getitem__), max(p, key=most.__getitem__)
    below = [title for title in p if value[title] > 0 and p[title] < SIGNIFICANT]
    clearest = max(below, key=least.__getitem__, default=None)
    named = {
        "widest in": seen if value[seen] > 0 else None,
        "clear in": clearest,
        "upper end from": farthest if farthest != seen or value[seen] <= 0 else None,
    }
    return (
        Estimate(
            value[seen],
            min(0.0, value[seen]) if clearest is None else least[clearest],
            most[farthest],
        ),
        ", ".join(f"{what} {title}" for what, title in named.items() if title is not None),
    )
