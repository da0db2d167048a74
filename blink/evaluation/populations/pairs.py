from collections.abc import Iterator, Sequence
from itertools import combinations

from blink.evaluation.slices import Cut


def pair_up(cuts: Sequence[Cut]) -> Iterator[Cut]:
    """The crops that share the values of two attributes.

    Pairs that hold nobody are left out, and so are those that hold exactly the crops of a single
    value or of an earlier pair: they would be one group under two names.

    Args:
        cuts: Of single attributes.

    Yields:
        Cuts of two values each, in the order of the given ones.
    """
    seen = {cut.inside.tobytes() for cut in cuts}
    for one, other in combinations(cuts, 2):
        if one.values.keys() == other.values.keys():
            continue
        both = one & other
        key = both.inside.tobytes()
        if both.inside.any() and key not in seen:
            seen.add(key)
            yield both
