import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blink.contract import ConfigError, Crop
from blink.contract.record import is_number
from blink.synthesis.elements import check_elements
from blink.synthesis.portrait import sample_portrait
from blink.synthesis.rendering import check_whole
from blink.synthesis.version import RENDERER_VERSION


@dataclass(frozen=True)
class NewPeople:
    """People who have not been seen yet, for a data set of rendered eyes that never repeats.

    A `NewEyes` as `blink.data.refreshed` means it: crops that lie side by side in the data set are
    replaced by crops of one new person, who is in no data set and never comes back.

    Attributes:
        share: Of the training crops that are replaced before each epoch, 0 to 1.
        crops_per_person: How many crops of each new person; a person is as much work as a crop.
        without: Elements that are left out, as `RenderedEyes` leaves them out.

    Raises:
        ConfigError: A number is out of range, or there is no such element.
    """

    share: float = 0.0
    crops_per_person: int = 4
    without: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", check_elements(self.without))
        check_whole(self, crops_per_person=1)
        if not (is_number(self.share) and 0 <= self.share <= 1):
            raise ConfigError(
                f"NewPeople.share is {self.share!r}; it is the share of the rendered training "
                "crops that are replaced before each epoch, from 0 to 1."
            )

    @property
    def key(self) -> str:
        """Changes whenever the eyes would."""
        what = (RENDERER_VERSION, self.crops_per_person, self.without)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:12]

    @property
    def label_source(self) -> str:
        """Of rendered crops."""
        return "renderer"

    def render(self, slot: int, generation: int, label: int, seed: int) -> tuple[Crop, float]:
        """See `blink.data.refreshed.stream.NewEyes`."""
        # A seed of 32 bits: nobody's data set has it, so nobody there is met again.
        world = int(np.random.SeedSequence((seed, generation)).generate_state(1)[0])
        number, crop = divmod(slot, self.crops_per_person)
        portrait = sample_portrait(number, crop, world, label, self.without)
        return portrait.take(), portrait.shot.moment.openness
