from dataclasses import dataclass

import cv2
import numpy as np

from blink.synthesis.atlas import MAP, sample_map
from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, Frame, Planes, bell, clamp
from blink.synthesis.lids import Lids, LidTraits
from blink.synthesis.palette import Palette


@dataclass(frozen=True)
class SkinTraits:
    """The skin around a person's eye.

    Attributes:
        relief: (H, W) of `MAP`: log-brightness of blotches, pores, wrinkles and moles.
        flush: (H, W) of `MAP`: 0 to 1, where blood shines through.
        bag: Strength of the bag under the eye.
        bag_drop: How far below the lower lid the bag ends, eye units.
        bulge: Brightness of the lid where the eyeball pushes it forward.
        under: How dark the lid gets towards its lashes, where it turns away from the light.
        sharpness: Width of the crease, eye units.
    """

    relief: Field
    flush: Field
    bag: float
    bag_drop: float
    bulge: float
    under: float
    sharpness: float


def sample_skin(rng: np.random.Generator, aged: float) -> SkinTraits:
    """Draws a skin; with age (0 to 1) it wrinkles and sags."""
    coarse, middle, fine = rng.uniform((0.02, 0.01, 0.0), (0.12, 0.05, 0.03)).tolist()
    relief = coarse * _noise(rng, 5) + middle * _noise(rng, 14) + fine * _noise(rng, 56)
    relief -= uniform(rng, 0.1, 0.35) * (0.15 + aged) * _wrinkles(rng, aged)
    if rng.random() < 0.2:
        relief -= uniform(rng, 0.1, 0.4) * _moles(rng)
    return SkinTraits(
        relief=relief,
        flush=np.clip(0.3 + 0.35 * _noise(rng, 6), 0, 1),
        bag=uniform(rng, 0.0, 0.10) + 0.2 * aged * rng.random(),
        bag_drop=uniform(rng, 0.18, 0.5),
        bulge=uniform(rng, 0.0, 0.35),
        under=uniform(rng, 0.0, 0.6) ** 1.5,
        sharpness=uniform(rng, 0.03, 0.08),
    )


def _noise(rng: np.random.Generator, cells: int) -> Field:
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (MAP.width, MAP.height), interpolation=cv2.INTER_CUBIC))


def _wrinkles(rng: np.random.Generator, aged: float) -> Field:
    """Crow's feet beside the outer corner and fine arcs under the eye."""
    feet = int(rng.integers(1, 4 + round(4 * aged)))
    angle = np.linspace(-0.6, 0.7, feet) + rng.normal(0, 0.08, feet)
    reach = np.array([0.0, 0.3, 0.6]) * uniform(rng, 0.5, 1.3)
    start = np.stack([np.full(feet, uniform(rng, 1.1, 1.3)), 0.15 * angle], axis=1)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    crows = start[:, None] + reach[None, :, None] * along[:, None]
    arcs = int(rng.integers(1, 3 + round(3 * aged)))
    x = np.linspace(-0.9, uniform(rng, 0.5, 1.1), 9)
    drop = rng.uniform(0.35, 0.9, arcs)[:, None] * (1 - 0.75 * (x[None] - 0.1) ** 2)
    under = np.stack([np.broadcast_to(x, drop.shape), drop + 0.08 * x], axis=2)
    lines = np.maximum(MAP.strokes(crows, 0.03), MAP.strokes(under, 0.03))
    return np.asarray(cv2.GaussianBlur(lines, (0, 0), 0.7))


def _moles(rng: np.random.Generator) -> Field:
    spots = rng.uniform(-1.8, 1.8, (int(rng.integers(1, 14)), 1, 2))
    return MAP.strokes(np.repeat(spots, 2, axis=1), 0.05)


def draw_skin(
    traits: SkinTraits,
    form: Field,
    shape: LidTraits,
    lids: Lids,
    squint: float,
    palette: Palette,
    frame: Frame,
) -> Planes:
    """The skin with the relief of lids, folds, socket and bags; the eye is still to be cut in.

    Args:
        traits: The person's skin.
        form: The shades of the face's form, (H, W) of `MAP`, in log-brightness.
        shape: The person's lids.
        lids: The lids of the moment.
        squint: 0 to 1: tightens the folds.
        palette: Colours.
        frame: Where to draw.

    Returns:
        (C, H, W).
    """
    shade = sample_map(traits.relief + form, frame)
    rows, band = frame.band(float(lids.crease.min()) - 0.35, float(lids.upper.max()) + 0.45)
    shade[rows] += _upper_folds(traits, shape, lids, squint, band)
    rows, band = frame.band(
        float(lids.lower.min()) - 0.3, float(lids.lower.max()) + traits.bag_drop + 0.25
    )
    shade[rows] += _lower_folds(traits, lids, squint, band)
    if len(palette.skin) == 1:  # blood shows by its colour
        return np.asarray(palette.skin * cv2.exp(shade))
    planes = sample_map(traits.flush, frame) * (palette.flush - palette.skin)
    planes += palette.skin
    planes *= np.exp(shade * palette.shade)
    return planes


def _upper_folds(
    traits: SkinTraits, shape: LidTraits, lids: Lids, squint: float, frame: Frame
) -> Field:
    y, away = frame.y, frame.x * frame.x
    below_crease, above_edge = y - lids.crease, lids.upper - y
    # The closed lid shows the whole ball, the open one is rolled up above it.
    shade = bell(0.4 * below_crease - 0.6 * above_edge, 0.25)
    shade *= traits.bulge * (1 - 0.5 * lids.openness) * lids.inside * np.exp(-away / 0.64)
    tightness = shape.crease * (0.45 + 0.55 * lids.openness) + 0.2 * squint
    fold = bell(below_crease, traits.sharpness)
    fold *= 0.55 * tightness
    shade -= fold
    fold = bell(below_crease + 0.05, 0.13)
    fold *= 0.35 * tightness
    shade -= fold
    lid = bell(above_edge, 0.22)
    lid *= traits.under * (1 - 0.6 * lids.openness)
    lid += shape.pigment
    lid *= clamp(8 * np.minimum(below_crease, above_edge))
    shade -= lid
    shade *= np.exp(-away)
    return shade


def _lower_folds(traits: SkinTraits, lids: Lids, squint: float, frame: Frame) -> Field:
    away = frame.x * frame.x
    below_edge = frame.y - lids.lower
    fall = below_edge - traits.bag_drop * (1 - 0.6 * away)
    shade = bell(fall + 0.18, 0.14)
    shade *= 0.3
    shade -= bell(fall, 0.11)
    shade *= traits.bag + 0.12 * squint
    shade -= 0.12 * lids.inside * bell(below_edge - 0.11, 0.05)
    shade *= np.exp(-away)
    return shade
