from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blink.synthesis.frame import Frame, Planes, edge, lay
from blink.synthesis.palette import Palette


@dataclass(frozen=True)
class Surroundings:
    """What may stand beside or before the eye at one moment, in eye units.

    Attributes:
        fringe: (N, K, 2) strands of hair; N may be 0.
        strand: Width of a strand.
        rim: x where the face ends; beyond it lies the background.
        lean: How much further out the face ends per unit down.
        background: Brightness of what lies behind.
    """

    fringe: NDArray[np.float32]
    strand: float
    rim: float
    lean: float
    background: float


def sample_surroundings(rng: np.random.Generator, long_hair: float) -> Surroundings:
    """Draws surroundings; `long_hair` is the chance of hair in the picture."""
    return Surroundings(
        fringe=_sample_fringe(rng) if rng.random() < long_hair else np.zeros((0, 5, 2), np.float32),
        strand=float(rng.uniform(0.03, 0.12)),
        rim=float(rng.uniform(1.25, 2.0)) if rng.random() < 0.12 else 9.0,
        lean=float(rng.normal(0, 0.25)),
        background=float(rng.uniform(0, 0.2) if rng.random() < 0.5 else rng.uniform(0.2, 1.0)),
    )


def _sample_fringe(rng: np.random.Generator) -> NDArray[np.float32]:
    count = int(rng.integers(2, 16))
    along = np.linspace(0, 1, 5)
    angle = rng.uniform(0.2, 2.6) + rng.normal(0, 0.12, (count, 1))
    start = rng.uniform(-2.4, 1.6) + rng.uniform(0, 1.4, (count, 1))
    length = rng.uniform(0.7, 2.2) * rng.uniform(0.7, 1.1, (count, 1))
    bend = rng.uniform(-0.5, 0.5)
    x = start + length * np.cos(angle) * along + bend * along**2
    y = -2.2 + length * np.sin(angle) * along
    return np.stack([x, y], axis=2).astype(np.float32)


def draw_surroundings(
    planes: Planes, surroundings: Surroundings, palette: Palette, frame: Frame
) -> None:
    """Lays background and hair over the face, in place."""
    if surroundings.rim < 9.0:
        beyond = edge(frame.x - surroundings.rim - surroundings.lean * frame.y, 0.4 * frame.scale)
        lay(planes, beyond, surroundings.background)
    if surroundings.fringe.size:
        lay(planes, 0.85 * frame.strokes(surroundings.fringe, surroundings.strand), palette.hair)
