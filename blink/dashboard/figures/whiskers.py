from collections.abc import Sequence
from typing import Any

from blink.dashboard.judgement import Estimate


def whiskers(shares: Sequence[Estimate], colour: str, thickness: float) -> dict[str, Any]:
    """Plotly's error bars, in points of percent; of no length where there is no interval."""
    reaches = [_reach(share) for share in shares]
    return {
        "array": [100 * up for _, up in reaches],
        "arrayminus": [100 * down for down, _ in reaches],
        "color": colour,
        "thickness": thickness,
        "width": 0,
    }


def _reach(share: Estimate) -> tuple[float, float]:
    if share.value is None or share.low is None or share.high is None:
        return 0.0, 0.0
    return share.value - share.low, share.high - share.value
