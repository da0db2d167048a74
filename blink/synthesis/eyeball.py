from dataclasses import dataclass

import numpy as np

from blink.synthesis.frame import Field, Frame, Planes, bell, edge
from blink.synthesis.lids import Lids
from blink.synthesis.palette import Palette


@dataclass(frozen=True)
class IrisTraits:
    """A person's iris.

    Attributes:
        radius: Eye units; 12 mm of iris in 30 mm of eye make 0.4.
        ring: Darkness of the limbal ring.
        rays: Contrast of the fibres.
        phase: (K,) phases of the fibres, which make the iris this person's.
        veins: How red the sclera is.
    """

    radius: float
    ring: float
    rays: float
    phase: tuple[float, ...]
    veins: float


@dataclass(frozen=True)
class Look:
    """Where an eye looks, and what shines into it.

    Attributes:
        across: Pupil's x, eye units; positive is away from the nose.
        down: Pupil's y, eye units.
        pupil: Pupil's radius as a share of the iris.
        glow: Brightness of the pupil: 0 black; near 1 for infrared light along the lens's axis.
        glints: (N, 3): x and y from the pupil and radius of each mirrored light, eye units.
        shadow: Depth of the upper lid's shadow on the eyeball.
    """

    across: float
    down: float
    pupil: float
    glow: float
    glints: tuple[tuple[float, float, float], ...]
    shadow: float


def sample_iris(rng: np.random.Generator) -> IrisTraits:
    """Draws an iris."""
    return IrisTraits(
        radius=float(rng.uniform(0.35, 0.45)),
        ring=float(rng.uniform(0.1, 0.6)),
        rays=float(rng.uniform(0.05, 0.3)),
        phase=tuple(rng.uniform(0, 2 * np.pi, 3).tolist()),
        veins=float(rng.uniform(0.0, 0.12)),
    )


def draw_eyeball(
    planes: Planes, traits: IrisTraits, look: Look, lids: Lids, palette: Palette, frame: Frame
) -> None:
    """Cuts the open part of the eye into the skin, in place; nothing where the lids meet."""
    aperture = np.clip((lids.lower - lids.upper) * frame.scale, 0, 1)
    columns = np.flatnonzero(aperture[0] > 0.02)
    rows = np.flatnonzero((frame.y > lids.upper.min() - 0.05) & (frame.y < lids.lower.max() + 0.05))
    if lids.openness < 0.01 or not (columns.size and rows.size):
        return
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    x, y = frame.x[:, box[1]], frame.y[box[0]]
    upper, lower = lids.upper[:, box[1]], lids.lower[:, box[1]]
    opening = edge(np.minimum(y - upper, lower - y), frame.scale) * aperture[:, box[1]]
    ball = _sclera(traits, palette, x, y) + np.zeros_like(opening)
    _lay_iris(ball, traits, look, palette, x, y, frame.scale)
    ball *= 1 - look.shadow * bell(np.maximum(y - upper, 0), 0.16)
    ball *= 1 - 0.3 * bell(lower - y, 0.04)
    for across, down, radius in look.glints:
        distance = np.hypot(x - look.across - across, y - look.down - down)
        ball += edge(radius - distance, frame.scale) * (1 - ball)
    view = planes[:, box[0], box[1]]
    view += opening * (ball - view)


def _sclera(traits: IrisTraits, palette: Palette, x: Field, y: Field) -> Planes:
    ball = 1 - 0.45 * np.clip(x * x + 0.6 * y * y, 0, 1.2)
    red = np.array([0.4, 1.0, 0.9][: palette.sclera.size], np.float32)[:, None, None]
    caruncle = 0.35 * bell(x + 1.0, 0.16) + traits.veins * (1 + x * x)
    return np.asarray(palette.sclera[:, None, None] * ball * (1 - red * caruncle))


def _lay_iris(
    ball: Planes,
    traits: IrisTraits,
    look: Look,
    palette: Palette,
    x: Field,
    y: Field,
    scale: float,
) -> None:
    # A ball that turns shows its iris as an ellipse.
    flat = np.sqrt(1 - min(0.7, abs(look.across)) ** 2)
    dx, dy = (x - look.across) / np.float32(flat), y - look.down
    radius = np.hypot(dx, dy) * np.float32(1 / traits.radius)
    angle = np.arctan2(dy, dx)
    first, second, third = traits.phase
    rays = np.cos(7 * angle + first) + np.cos(11 * angle + second) + np.cos(17 * angle + third)
    tone = 1 + traits.rays * 0.5 * rays + 0.25 * bell(radius - 0.55, 0.2)
    tone -= traits.ring * bell(radius - 1, 0.2)
    pixel = scale * traits.radius
    disc = edge(1 - radius, 0.6 * pixel)  # the limbus is no sharp edge
    ball += disc * (palette.iris[:, None, None] * np.maximum(tone, 0.1) - ball)
    pupil = edge(look.pupil - radius, pixel)
    ball += pupil * (0.03 + 0.9 * look.glow - ball)
