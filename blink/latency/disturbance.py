"""Whether a machine was busy with something else while it measured."""

from typing import Final

BUSY: Final = 10
"""p99 over p50, beyond which it was."""


def is_disturbed(p50_us: float, p99_us: float) -> bool:
    """Whether so wide a tail is the machine's rather than the graph's.

    Args:
        p50_us: Median of a graph's times, in microseconds.
        p99_us: Their 99th percentile.
    """
    return p99_us > BUSY * p50_us
