from dataclasses import dataclass
from typing import Literal

import numpy as np

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Frame, Planes, bell, edge

Lighting = Literal["bad", "good"]


@dataclass(frozen=True)
class Light:
    """How a face is lit at one moment.

    Attributes:
        lighting: As the manifest says it.
        across: Log-brightness per eye unit towards the temple.
        down: Log-brightness per eye unit downwards.
        socket: Depth of the shadow that the brow casts on the eye.
        towards: (x, y) of where the light stands, 1 for right at that side; y is negative above.
        cast: (x, slope, depth) of the edge of a shadow; depth 0 for none.
        gain: Exposure: 1 puts a fair skin near white.
        tint: (3,) colour of the light.
    """

    lighting: Lighting
    across: float
    down: float
    socket: float
    towards: tuple[float, float]
    cast: tuple[float, float, float]
    gain: float
    tint: tuple[float, float, float]


def sample_light(rng: np.random.Generator) -> Light:
    """Draws a light; a bad one is too dark, too bright or comes from the side."""
    bad = rng.random() < 0.35
    warmth = rng.normal(0, 0.06)
    slope = 0.22 if bad else 0.09
    under = uniform(rng, 0.3, 0.65) if rng.random() < 0.65 else uniform(rng, 1.2, 1.6)
    above = bool(rng.random() < 0.85)
    return Light(
        lighting="bad" if bad else "good",
        across=float(rng.normal(0, slope)),
        down=float(rng.normal(0, 0.8 * slope)),
        socket=uniform(rng, 0, 0.5 if bad else 0.3),
        towards=(
            float(rng.normal(0, 0.7 if bad else 0.4)),
            uniform(rng, -1.0, 0.0) if above else uniform(rng, 0, 0.6),
        ),
        cast=(
            uniform(rng, -1.5, 1.5),
            float(rng.normal(0, 0.5)),
            uniform(rng, -0.6, 0.6) if bad and rng.random() < 0.2 else 0.0,
        ),
        gain=under if bad else uniform(rng, 0.7, 1.1),
        tint=(float(1 + warmth), 1.0, float(1 - warmth)),
    )


def shine(planes: Planes, light: Light, frame: Frame) -> None:
    """Lights the drawing, in place."""
    x, y = frame.x, frame.y
    across = np.exp(light.across * x)
    if len(planes) > 1:
        across = across * np.array(light.tint, np.float32)[:, None, None]
    planes *= across
    planes *= light.gain * np.exp(light.down * y) * (1 - light.socket * bell(y + 0.25, 0.6))
    where, slope, depth = light.cast
    if depth:
        away = (x - where - slope * y) * np.float32(np.sign(depth))
        planes *= 1 - abs(depth) * edge(away, 0.25 * frame.scale)
