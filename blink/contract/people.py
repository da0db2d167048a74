"""How many people a number needs, wherever one comes with an interval."""

from typing import Final

MIN_PEOPLE: Final = 10
"""Fewer people have no interval: it would not cover the truth as often as it says.

Found by simulation, `python -m benchmarks.coverage`; docs/evaluation.md shows the table.
"""
