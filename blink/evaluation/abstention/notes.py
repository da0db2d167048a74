import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop, Intelligence
from blink.runtime import Detector
from blink.runtime.inspection import Inspection, Inspector, Reason

MOST_EYES = 150
"""Eyes that are kept, to be cut wrong and spoilt; of each kind of stranger as many are drawn."""


class InspectionNotes:
    """Inspects crops one by one while they are decoded for prediction; keeps a few of them.

    Example:
        >>> notes = InspectionNotes(Inspector.from_dict(bundle.inspection), len(rows))
        >>> for place, crop in enumerate(manifest.crops(rows)):
        ...     notes.add(place, crop)
    """

    def __init__(self, inspector: Inspector, count: int) -> None:
        """Makes room.

        Args:
            inspector: The bundle's.
            count: How many crops there will be.
        """
        self.inspector = inspector
        self._found: list[Inspection | None] = [None] * count
        chosen = np.linspace(0, count - 1, min(count, MOST_EYES)) if count else np.empty(0)
        self._eyes: dict[int, Crop | None] = dict.fromkeys(np.rint(chosen).astype(int).tolist())

    def add(self, place: int, crop: Crop) -> None:
        """Inspects one crop: 50 µs.

        Args:
            place: Which of the `count` crops it is.
            crop: uint8 (H, W) or RGB (H, W, 3).

        Raises:
            CropError: It is no crop.
        """
        self._found[place] = self.inspector.inspect(crop)
        if place in self._eyes:
            self._eyes[place] = crop

    @property
    def reasons(self) -> list[Reason | None]:
        """Why each crop is refused; None where it is usable, and where it was left out."""
        return [None if one is None else one.reason for one in self._found]

    @property
    def places(self) -> NDArray[np.int64]:
        """The places of the crops that were kept, rising."""
        return np.array([place for place, eye in self._eyes.items() if eye is not None], np.int64)

    @property
    def eyes(self) -> list[Crop]:
        """The crops that were kept, in the order of `places`."""
        return [eye for eye in self._eyes.values() if eye is not None]


def take_notes(intelligence: Intelligence, count: int) -> InspectionNotes | None:
    """Notes by the inspector of a bundle; None of what is no bundle, which inspects nothing."""
    if not isinstance(intelligence, Detector):
        return None
    return InspectionNotes(Inspector.from_dict(intelligence.bundle.inspection), count)
