"""The sign of everything: the positive class is *closed*."""

from typing import Final

OPEN: Final = 0
CLOSED: Final = 1
NAMES: Final = ("open", "closed")
"""Class names by label; a label that is null is not known (half-closed, unsure)."""
