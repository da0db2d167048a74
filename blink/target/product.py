"""What a product does with the intelligence, as something that can be played through."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from blink.target.behaviour import Behaviour

Openness = NDArray[np.float32]
"""(sessions, frames, eyes): the true openness of each eye, 0 closed to 1 as wide as it opens."""

Scores = NDArray[np.float32]
"""(sessions, frames, eyes): p_closed of each eye, as the intelligence would say it."""


Cause = Literal["missed_closure", "false_closure"]
"""What an intelligence gets wrong of a frame."""


@dataclass(frozen=True)
class Tally:
    """What became of sessions; every array is (sessions,), float64.

    Counts may be fractions, where something rare was planted and is weighted by how rare it is.

    Attributes:
        uses: Interactions that the user began.
        good: Those that went as the user meant them.
        mistakes: Kind of mistake → how many.
        seconds: Mean time to success, of those uses that succeeded in the end, with or without a
            mistake on the way; NaN where there was none, or where time means nothing.
    """

    uses: NDArray[np.float64]
    good: NDArray[np.float64]
    mistakes: Mapping[str, NDArray[np.float64]]
    seconds: NDArray[np.float64]


class Product(Protocol):
    """How the product uses the output. Its numbers are the knobs of the experience.

    A product is a frozen pydantic `Setting`: a knob is one of its fields, and
    `product.model_copy(update={...})` is the product with other knobs. What is truth does not
    depend on a knob: no search can do away with mistakes by calling them something else.
    """

    @property
    def eyes(self) -> Literal[1, 2]:
        """How many eyes it looks at."""
        ...

    @property
    def unit(self) -> str:
        """What one use is, in the singular: `log-in`, `hour of driving`."""
        ...

    @property
    def in_time(self) -> bool:
        """Whether it watches frames in time, and not single pictures."""
        ...

    @property
    def is_timed(self) -> bool:
        """Whether it takes a use some time to succeed, so that `Tally.seconds` means something."""
        ...

    @property
    def searchable(self) -> frozenset[str]:
        """The fields that are knobs: they change what the product does, and not the world."""
        ...

    @property
    def kinds(self) -> Mapping[str, str]:
        """Kind of mistake → what the user sees of it, in words."""
        ...

    @property
    def causes(self) -> Mapping[str, Cause]:
        """Kind of mistake → what the intelligence gets wrong, frame by frame, when it happens."""
        ...

    def frames_per_use(self, fps: float) -> float:
        """How many frames one use takes when all goes well; 1 for pictures."""
        ...

    def faults(self, fps: float) -> list[str]:
        """Why it cannot work at a frame rate, one sentence a fault, each begun by its field."""
        ...

    def script(
        self, rng: np.random.Generator, behaviour: Behaviour, sessions: int, fps: float
    ) -> Openness:
        """What the eyes of one user do in some sessions; 1 frame for images (fps is then 1)."""
        ...

    def play(self, p_closed: Scores, openness: Openness, threshold: float, fps: float) -> Tally:
        """Runs the product over sessions at an operating point.

        Args:
            p_closed: What the intelligence says.
            openness: What is true, in the same shape: (sessions, frames, `eyes`).
            threshold: From this probability an eye counts as closed.
            fps: Frames a second.
        """
        ...
