from collections.abc import Iterator, Sequence
from itertools import combinations

from blink.evaluation.slices import Slice


def pair_up(slices: Sequence[Slice]) -> Iterator[Slice]:
    """The crops that share the values of two attributes.

    Pairs that hold nobody are left out, and so are those that hold exactly the crops of a single
    value or of an earlier pair: they would be one group under two names.

    Args:
        slices: Of single attributes.

    Yields:
        Slices of two values each, in the order of the given ones.
    """
    seen = {each.inside.tobytes() for each in slices}
    for one, other in combinations(slices, 2):
        if one.values.keys() == other.values.keys():
            continue
        both = one & other
        key = both.inside.tobytes()
        if both.inside.any() and key not in seen:
            seen.add(key)
            yield both
