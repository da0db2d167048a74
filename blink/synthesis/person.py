from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from blink.synthesis.brow import BrowTraits, sample_brow
from blink.synthesis.chance import uniform
from blink.synthesis.eyeball import IrisTraits, sample_iris
from blink.synthesis.form import FormTraits, sample_form
from blink.synthesis.glasses import Glasses, sample_glasses
from blink.synthesis.lashes import LashTraits, sample_lashes
from blink.synthesis.lids import LidTraits, sample_lids
from blink.synthesis.makeup import Makeup, sample_makeup
from blink.synthesis.palette import FITZPATRICK, Pigments, sample_pigments
from blink.synthesis.skin import SkinTraits, sample_skin

Gender = Literal["man", "woman"]
AgeGroup = Literal["child", "young", "middle", "old"]

_AGED: dict[AgeGroup, float] = {"child": 0.0, "young": 0.15, "middle": 0.5, "old": 1.0}


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist: everything that stays the same over all of their crops.

    Attributes:
        gender: Makes brows heavier, make-up and long hair more likely; nothing else.
        age_group: Wrinkles, bags, hooded lids and grey hair come with age.
        lids: Shape of the lids.
        form: Bones and hollows around the eye.
        skin: The skin around the eye.
        pigments: Colours.
        iris: The iris.
        lashes: The lashes.
        makeup: What is painted on lids and lashes.
        brow: The brow.
        glasses: Their glasses, None for nobody who wears any.
        fringe: How often hair falls into the picture.
    """

    gender: Gender
    age_group: AgeGroup
    lids: LidTraits
    form: FormTraits
    skin: SkinTraits
    pigments: Pigments
    iris: IrisTraits
    lashes: LashTraits
    makeup: Makeup
    brow: BrowTraits
    glasses: Glasses | None
    fringe: float

    @cached_property
    def painted(self) -> LidTraits:
        """The lids with what is painted on them."""
        return replace(self.lids, pigment=self.lids.pigment + self.makeup.shadow)

    @property
    def skin_tone(self) -> str:
        """The Fitzpatrick type of the skin."""
        return FITZPATRICK[self.pigments.skin_tone]


def sample_person(rng: np.random.Generator) -> Person:
    """Draws a person."""
    gender: Gender = "woman" if rng.random() < 0.5 else "man"
    ages = tuple(_AGED)
    age_group = ages[int(rng.choice(4, p=(0.12, 0.38, 0.3, 0.2)))]
    aged = _AGED[age_group]
    painted = 0.55 if gender == "woman" and age_group != "child" else 0.05
    return Person(
        gender=gender,
        age_group=age_group,
        lids=sample_lids(rng, aged),
        form=sample_form(rng, aged),
        skin=sample_skin(rng, aged),
        pigments=sample_pigments(rng, grey_haired=rng.random() < 0.7 * aged**2),
        iris=sample_iris(rng),
        lashes=sample_lashes(rng),
        makeup=sample_makeup(rng, painted),
        brow=sample_brow(rng, heavy=gender == "man" and age_group != "child"),
        glasses=sample_glasses(rng) if rng.random() < 0.38 else None,
        fringe=uniform(rng, 0, 0.4) if gender == "woman" else uniform(rng, 0, 0.12),
    )
