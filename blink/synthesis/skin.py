from dataclasses import dataclass

import cv2
import numpy as np

from blink.synthesis.frame import Field, Frame, Planes, bell, clamp
from blink.synthesis.lids import Lids, LidTraits
from blink.synthesis.palette import Palette

MAP = Frame(height=112, width=112, scale=112 / 5.2, left=-2.6, top=-2.6)
"""Where a person's skin and brow are drawn once; every crop of the person samples them."""


@dataclass(frozen=True)
class SkinTraits:
    """The skin around a person's eye.

    Attributes:
        relief: (H, W) of `MAP`: log-brightness of blotches, pores, wrinkles and moles.
        flush: (H, W) of `MAP`: 0 to 1, where blood shines through.
        socket: Depth of the shade between eye, brow and nose.
        bag: Strength of the bag under the eye.
        bag_drop: How far below the lower lid the bag ends, eye units.
        bulge: Brightness of the lid where the eyeball pushes it forward.
    """

    relief: Field
    flush: Field
    socket: float
    bag: float
    bag_drop: float
    bulge: float


def sample_skin(rng: np.random.Generator, aged: float) -> SkinTraits:
    """Draws a skin; with age (0 to 1) it wrinkles and sags."""
    relief = 0.06 * _noise(rng, 5) + 0.035 * _noise(rng, 14) + 0.02 * _noise(rng, 56)
    relief -= rng.uniform(0.1, 0.35) * (0.15 + aged) * _wrinkles(rng, aged)
    if rng.random() < 0.2:
        relief -= rng.uniform(0.1, 0.4) * _moles(rng)
    return SkinTraits(
        relief=relief,
        flush=np.clip(0.3 + 0.35 * _noise(rng, 6), 0, 1),
        socket=float(rng.uniform(0.0, 0.6)),
        bag=float(rng.uniform(0.0, 0.10) + 0.2 * aged * rng.random()),
        bag_drop=float(rng.uniform(0.18, 0.5)),
        bulge=float(rng.uniform(0.02, 0.4)),
    )


def _noise(rng: np.random.Generator, cells: int) -> Field:
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (MAP.width, MAP.height), interpolation=cv2.INTER_CUBIC))


def _wrinkles(rng: np.random.Generator, aged: float) -> Field:
    """Crow's feet beside the outer corner and fine arcs under the eye."""
    feet = int(rng.integers(1, 4 + round(4 * aged)))
    angle = np.linspace(-0.6, 0.7, feet) + rng.normal(0, 0.08, feet)
    reach = np.array([0.0, 0.3, 0.6]) * rng.uniform(0.5, 1.3)
    start = np.stack([np.full(feet, rng.uniform(1.1, 1.3)), 0.15 * angle], axis=1)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    crows = start[:, None] + reach[None, :, None] * along[:, None]
    arcs = int(rng.integers(1, 3 + round(3 * aged)))
    x = np.linspace(-0.9, rng.uniform(0.5, 1.1), 9)
    drop = rng.uniform(0.35, 0.9, arcs)[:, None] * (1 - 0.75 * (x[None] - 0.1) ** 2)
    under = np.stack([np.broadcast_to(x, drop.shape), drop + 0.08 * x], axis=2)
    lines = np.maximum(MAP.strokes(crows, 0.03), MAP.strokes(under, 0.03))
    return np.asarray(cv2.GaussianBlur(lines, (0, 0), 0.7))


def _moles(rng: np.random.Generator) -> Field:
    spots = rng.uniform(-1.8, 1.8, (int(rng.integers(1, 14)), 1, 2))
    return MAP.strokes(np.repeat(spots, 2, axis=1), 0.05)


def sample_map(layer: Field, frame: Frame, shift: float = 0.0) -> Field:
    """A layer of `MAP` as the frame sees it, moved down by `shift` eye units: (H, W)."""
    ratio = MAP.scale / frame.scale
    across = (frame.left - MAP.left) * MAP.scale + 0.5 * ratio - 0.5
    down = (frame.top - shift - MAP.top) * MAP.scale + 0.5 * ratio - 0.5
    matrix = np.array([[ratio, 0, across], [0, ratio, down]])
    return np.asarray(
        cv2.warpAffine(
            layer,
            matrix,
            (frame.width, frame.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def draw_skin(
    traits: SkinTraits, shape: LidTraits, lids: Lids, squint: float, palette: Palette, frame: Frame
) -> Planes:
    """The skin with the relief of lids, folds, socket and bags; the eye is still to be cut in.

    Args:
        traits: The person's skin.
        shape: The person's lids.
        lids: The lids of the moment.
        squint: 0 to 1: tightens the folds.
        palette: Colours.
        frame: Where to draw.

    Returns:
        (C, H, W).
    """
    shade = sample_map(traits.relief, frame)
    rows, band = frame.band(
        float(lids.crease.min()) - 0.45, float(lids.lower.max()) + traits.bag_drop + 0.3
    )
    shade[rows] += _folds(traits, shape, lids, squint, band)
    shade -= traits.socket * bell(frame.x + 0.75, 0.75) * bell(frame.y + 0.5, 0.45)
    flush = sample_map(traits.flush, frame)
    planes = flush * (palette.flush - palette.skin)
    planes += palette.skin
    planes *= np.exp(shade * palette.shade)
    return planes


def _folds(traits: SkinTraits, shape: LidTraits, lids: Lids, squint: float, frame: Frame) -> Field:
    x, y = frame.x, frame.y
    middle = bell(x, 1.0)
    above = y - lids.crease
    tightness = shape.crease * (0.45 + 0.55 * lids.openness) + 0.2 * squint
    crease = tightness * (0.55 * bell(above, 0.045) + 0.35 * bell(above + 0.05, 0.13))
    lid = clamp(8 * np.minimum(above, lids.upper - y))
    # The closed lid shows the whole ball, the open one is rolled up above it.
    ball = bell(y - (0.4 * lids.crease + 0.6 * lids.upper), 0.25) * bell(x, 0.8)
    bulge = traits.bulge * (1 - 0.5 * lids.openness) * ball
    below = y - lids.lower - traits.bag_drop * (1 - 0.6 * x * x)
    bag = (traits.bag + 0.12 * squint) * (bell(below, 0.11) - 0.3 * bell(below + 0.18, 0.14))
    furrow = 0.12 * bell(y - lids.lower - 0.11, 0.05)
    skin = crease + bag + shape.pigment * lid
    return np.asarray(middle * (lids.inside * (bulge - furrow) - skin))
