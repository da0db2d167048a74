import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, Frame, Planes, bell, clamp, edge, lay
from blink.synthesis.lids import Lids
from blink.synthesis.palette import Palette

_FIBRES: Final = Frame(height=64, width=64, scale=64 / 2.6, left=-1.3, top=-1.3)
"""Where a person's iris is drawn once, in its radii."""


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

    @cached_property
    def tone(self) -> Field:
        """(H, W) of `_FIBRES`: brightness of the iris, with fibres and limbal ring."""
        dx, dy = _FIBRES.x, _FIBRES.y
        radius, angle = _distance(dx, dy), np.arctan2(dy, dx)
        one, two, three = self.phase
        rays = np.cos(7 * angle + one) + np.cos(11 * angle + two) + np.cos(17 * angle + three)
        tone = 1 + (0.5 * self.rays) * rays + 0.25 * bell(radius - 0.55, 0.2)
        tone -= self.ring * bell(radius - 1, 0.2)
        return np.maximum(tone, 0.1)


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
        reach: How far down that shadow reaches, eye units.
        dim: Brightness of the whole eyeball, 1 in full light; less in a deep socket.
    """

    across: float
    down: float
    pupil: float
    glow: float
    glints: tuple[tuple[float, float, float], ...]
    shadow: float
    reach: float
    dim: float


def sample_iris(rng: np.random.Generator) -> IrisTraits:
    """Draws an iris."""
    return IrisTraits(
        radius=uniform(rng, 0.35, 0.45),
        ring=uniform(rng, 0.0, 0.6),
        rays=uniform(rng, 0.05, 0.3),
        phase=tuple(rng.uniform(0, 2 * np.pi, 3).tolist()),
        veins=uniform(rng, 0.0, 0.12),
    )


_RED = np.array([0.4, 1.0, 0.9], np.float32)[:, None, None]
"""How much of each colour blood takes away."""


def draw_eyeball(
    planes: Planes, traits: IrisTraits, look: Look, lids: Lids, palette: Palette, frame: Frame
) -> None:
    """Cuts the open part of the eye into the skin, in place; nothing where the lids meet."""
    if lids.openness < 0.01:
        return
    aperture = clamp((lids.lower - lids.upper) * frame.scale)
    open_columns = np.flatnonzero(aperture[0] > 0.02)
    if not open_columns.size:
        return
    columns = slice(open_columns[0], open_columns[-1] + 1)
    rows, band = frame.band(float(lids.upper.min()) - 0.05, float(lids.lower.max()) + 0.05)
    x, y = frame.x[:, columns], band.y
    above, below = y - lids.upper[:, columns], lids.lower[:, columns] - y
    ball = _sclera(traits, palette, x, y)
    _lay_iris(ball, traits, look, palette, x, y, frame.scale)
    shadow = look.dim - look.dim * look.shadow * bell(np.maximum(above, 0), look.reach)
    ball *= shadow * (1 - 0.3 * bell(below, 0.04))
    if look.glints:
        across, down, radius = np.array(look.glints, np.float32).T[:, :, None, None]
        distance = _distance(x - (look.across + across), y - (look.down + down))
        lay(ball, edge(radius - distance, frame.scale).max(axis=0), 1.4)
    opening = edge(np.minimum(above, below), frame.scale)
    opening *= aperture[:, columns]
    lay(planes[:, rows, columns], opening, ball)


def _distance(dx: Field, dy: Field) -> Field:
    return np.sqrt(dx * dx + dy * dy)  # of a row and a column; hypot takes five times as long


def _sclera(traits: IrisTraits, palette: Palette, x: Field, y: Field) -> Planes:
    across = x * x
    ball = 1 - 0.45 * np.minimum(across + 0.6 * (y * y), 1.2)
    caruncle = 0.35 * bell(x + 1.0, 0.16) + traits.veins * (1 + across)
    return np.asarray(palette.sclera * (1 - _RED[: len(palette.sclera)] * caruncle) * ball)


def _lay_iris(
    ball: Planes,
    traits: IrisTraits,
    look: Look,
    palette: Palette,
    x: Field,
    y: Field,
    scale: float,
) -> None:
    reach = traits.radius + 1 / scale  # with the soft edge below
    first, last = np.searchsorted(x[0], (look.across - reach, look.across + reach))
    if first == last:
        return
    ball, x = ball[:, :, first:last], x[:, first:last]
    # A ball that turns shows its iris as an ellipse.
    flat = math.sqrt(1 - min(0.7, abs(look.across)) ** 2)
    dx, dy = (x - look.across) * (1 / (flat * traits.radius)), (y - look.down) * (1 / traits.radius)
    radius = _distance(dx, dy)
    pixel = scale * traits.radius
    disc = edge(1 - radius, 0.6 * pixel)  # the limbus is no sharp edge
    step = _FIBRES.scale / pixel
    tone = cv2.warpAffine(
        traits.tone,
        np.array(
            [
                [step / flat, 0, (dx[0, 0] - _FIBRES.left) * _FIBRES.scale - 0.5],
                [0, step, (dy[0, 0] - _FIBRES.top) * _FIBRES.scale - 0.5],
            ]
        ),
        radius.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    lay(ball, disc, palette.iris * tone)
    lay(ball, edge(look.pupil - radius, pixel), 0.03 + 0.9 * look.glow)
