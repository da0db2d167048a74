"""The sign of everything: the positive class is *closed*."""

from typing import Final

OPEN: Final = 0
CLOSED: Final = 1
NAMES: Final = ("open", "closed")
"""Class names by label; a label that is null is not known (half-closed, unsure)."""

CLOSED_UNTIL: Final = 0.05
"""Openness up to which an eye is closed: the lashes hide what little is open."""
OPEN_FROM: Final = 0.35
"""Openness from which an eye is open; between the two lies the half-closed eye: no label fits."""
