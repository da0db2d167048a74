from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Frame, Planes, edge, lay
from blink.synthesis.palette import Palette


@dataclass(frozen=True)
class Surroundings:
    """What may stand beside or before the eye at one moment, in eye units.

    Attributes:
        fringe: (N, K, 2) strands of hair; N may be 0.
        strand: Width of a strand.
        finger: (K, 2) the middle of a finger that touches the face; empty where there is none.
        thick: Thickness of the finger.
        rim: x where the face ends; beyond it lies the background.
        lean: How much further out the face ends per unit down.
        soft: How soft that rim looks, eye units.
        background: Brightness of what lies behind.
    """

    fringe: NDArray[np.float32]
    strand: float
    finger: NDArray[np.float32]
    thick: float
    rim: float
    lean: float
    soft: float
    background: float


NO_FRINGE: Final = np.zeros((0, 5, 2), np.float32)
NO_FINGER: Final = np.zeros((0, 2), np.float32)
NO_RIM: Final = 9.0


def sample_surroundings(rng: np.random.Generator, long_hair: float) -> Surroundings:
    """Draws surroundings; `long_hair` is the chance of hair in the picture."""
    return Surroundings(
        fringe=_sample_fringe(rng) if rng.random() < long_hair else NO_FRINGE,
        strand=uniform(rng, 0.02, 0.09),
        finger=_sample_finger(rng) if rng.random() < 0.03 else NO_FINGER,
        thick=uniform(rng, 0.4, 0.75),
        rim=uniform(rng, 1.25, 2.0) if rng.random() < 0.12 else NO_RIM,
        lean=float(rng.normal(0, 0.25)),
        soft=uniform(rng, 0.03, 0.5),
        background=uniform(rng, 0, 0.2) if rng.random() < 0.5 else uniform(rng, 0.2, 1.0),
    )


def _sample_fringe(rng: np.random.Generator) -> NDArray[np.float32]:
    count = int(rng.integers(2, 16))
    along = np.linspace(0, 1, 5)
    angle = uniform(rng, 0.2, 2.6) + rng.normal(0, 0.12, (count, 1))
    start = uniform(rng, -2.4, 1.6) + rng.uniform(0, 1.4, (count, 1))
    length = uniform(rng, 0.7, 2.2) * rng.uniform(0.7, 1.1, (count, 1))
    bend = uniform(rng, -0.5, 0.5)
    x = start + length * np.cos(angle) * along + bend * along**2
    y = -2.2 + length * np.sin(angle) * along
    return np.stack([x, y], axis=2).astype(np.float32)


def _sample_finger(rng: np.random.Generator) -> NDArray[np.float32]:
    """From beyond the picture to beside the eye: it hides a corner, seldom more."""
    angle = uniform(rng, -0.9, 1.6)
    tip = (uniform(rng, 0.5, 1.2), uniform(rng, -0.4, 0.8))
    far = 3.5 * np.array([np.cos(angle), np.sin(angle)])
    return np.stack([np.array(tip), tip + far]).astype(np.float32)


def draw_surroundings(
    planes: Planes, surroundings: Surroundings, palette: Palette, frame: Frame
) -> None:
    """Lays background, finger and hair over the face, in place."""
    if surroundings.rim < NO_RIM:
        beyond = edge(
            frame.x - surroundings.rim - surroundings.lean * frame.y, 1 / surroundings.soft
        )
        lay(planes, beyond, surroundings.background)
    if surroundings.finger.size:
        finger = surroundings.finger[None]
        lay(planes, frame.strokes(finger, surroundings.thick), 0.6 * palette.skin)
        lay(planes, frame.strokes(finger, 0.75 * surroundings.thick), 0.9 * palette.skin)
    if surroundings.fringe.size:
        lay(planes, 0.85 * frame.strokes(surroundings.fringe, surroundings.strand), palette.hair)
