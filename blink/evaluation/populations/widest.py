from collections.abc import Iterator, Mapping

from blink.evaluation.statistics import SIGNIFICANT, Difference


def name_widest(gaps: Mapping[str, Difference]) -> str:
    """The groups behind the widest gap: `widest in glasses yes, upper end from skin tone VI`.

    The widest gap that was seen, the clearest that is more than chance, and the widest that there
    may be need not be of one group.

    Args:
        gaps: From `blink.evaluation.populations.find.find_gaps`; of none, nobody is named.
    """
    return ", ".join(_parts(gaps))


def _parts(gaps: Mapping[str, Difference]) -> Iterator[str]:
    value, low, high = (
        {title: getattr(one.estimate, end) for title, one in gaps.items()}
        for end in ("value", "low", "high")
    )
    below = [title for title in gaps if value[title] < 0]
    clear = [title for title in below if high[title] < 0 and (gaps[title].p or 0.0) < SIGNIFICANT]
    seen = min(below, key=value.__getitem__, default=None)
    if seen is not None:
        yield f"widest in {seen}"
    if clear:
        yield f"clear in {min(clear, key=high.__getitem__)}"
    farthest = min(gaps, key=low.__getitem__, default=None)
    if farthest not in (None, seen):
        yield f"upper end from {farthest}"
