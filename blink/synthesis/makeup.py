from dataclasses import dataclass

import numpy as np

from blink.synthesis.chance import uniform


@dataclass(frozen=True)
class Makeup:
    """What somebody paints around the eye.

    Attributes:
        liner: Thickness that it adds to the lash line, eye units.
        mascara: 0 to 1: longer, denser and darker lashes, which clot to a mass.
        shadow: Darkness of the painted lid; below zero it shimmers.
    """

    liner: float
    mascara: float
    shadow: float


BARE = Makeup(0.0, 0.0, 0.0)
"""Nothing."""


def sample_makeup(rng: np.random.Generator, often: float) -> Makeup:
    """Draws make-up; `often` is the chance that there is any."""
    if rng.random() >= often:
        return BARE
    return Makeup(
        liner=uniform(rng, 0.0, 0.07),
        mascara=uniform(rng, 0.2, 1.0),
        shadow=uniform(rng, -0.2, 0.6) if rng.random() < 0.6 else 0.0,
    )
