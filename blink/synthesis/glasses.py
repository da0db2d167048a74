from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Frame, Planes, lay

Reflections = Literal["none", "small", "big"]
Rim = Literal["full", "half", "none"]


@dataclass(frozen=True)
class Glasses:
    """A person's glasses, in eye units.

    Attributes:
        rim: All around, along the upper edge only, or none.
        outline: (K, 2) closed outline of the lens.
        thickness: Of the rim.
        brightness: Of the rim: dark plastic to bright metal.
        opacity: Of the rim; thin wire and clear plastic let the skin through.
        tint: Share of the light that the lens keeps.
        bridge: y of the bridge; the temple begins at the same height.
    """

    rim: Rim
    outline: NDArray[np.float32]
    thickness: float
    brightness: float
    opacity: float
    tint: float
    bridge: float


@dataclass(frozen=True)
class Mirror:
    """What a lens mirrors at one moment.

    Attributes:
        reflections: As the manifest says it.
        spots: (N, 4): x, y, radius in eye units, and strength of each mirrored lamp.
        pane: (K, 2) outline of a mirrored window; empty where there is none.
        haze: Strength of that window.
        gleam: (first, last) of the outline's points between which the rim gleams.
    """

    reflections: Reflections
    spots: NDArray[np.float32]
    pane: NDArray[np.float32]
    haze: float = 0.0
    gleam: tuple[int, int] = (0, 0)


_NO_PANE = np.zeros((0, 2), np.float32)
NOTHING = Mirror("none", np.zeros((0, 4), np.float32), _NO_PANE)
"""What a face without glasses mirrors."""


def sample_glasses(rng: np.random.Generator) -> Glasses:
    """Draws glasses."""
    angle = np.linspace(0, 2 * np.pi, 49)
    corner = 2 / uniform(rng, 2.0, 5.0)
    width, height = uniform(rng, 1.15, 1.9), uniform(rng, 0.6, 1.4)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** corner * width
    down = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** corner * height
    # Lenses narrow towards the bottom.
    across = across * (1 - uniform(rng, 0, 0.18) * down / height)
    centre = (uniform(rng, -0.05, 0.35), uniform(rng, -0.1, 0.3))
    return Glasses(
        rim=("full", "half", "none")[int(rng.choice(3, p=(0.75, 0.15, 0.10)))],
        outline=(np.stack([across, down], axis=1) + centre).astype(np.float32),
        thickness=float(rng.choice((uniform(rng, 0.03, 0.08), uniform(rng, 0.08, 0.2)))),
        brightness=uniform(rng, 0.02, 0.2) if rng.random() < 0.75 else uniform(rng, 0.3, 0.8),
        opacity=uniform(rng, 0.4, 1.0),
        tint=uniform(rng, 0.3, 0.75) if rng.random() < 0.07 else uniform(rng, 0.0, 0.12),
        bridge=centre[1] - uniform(rng, 0.2, 0.6) * height,
    )


def sample_mirror(rng: np.random.Generator, glasses: Glasses | None) -> Mirror:
    """Draws what the glasses mirror."""
    kind = rng.random()
    if glasses is None or kind < 0.35:
        return NOTHING
    big = kind > 0.8
    reflections: Reflections = "big" if big else "small"
    count = int(rng.integers(1, 4))
    low, high = glasses.outline.min(axis=0), glasses.outline.max(axis=0)
    radius = rng.uniform(0.1, 0.32, count) if big else rng.uniform(0.03, 0.1, count)
    if rng.random() < 0.4:
        place = rng.uniform(low, high, (count, 2))
    else:  # the lamps of one device, side by side, and often right before the eye
        start, step = rng.normal((0, -0.05), (0.6, 0.3)), rng.uniform(-2.5, 2.5, 2)
        place = start + np.arange(count)[:, None] * step * (0.5 * radius.mean() + 0.05)
    spots = np.column_stack([place, radius, np.exp(rng.uniform(-0.5, 1.8, count))]).astype(
        np.float32
    )
    first = int(rng.integers(24, 42))  # along the upper edge
    gleam = (first, first + int(rng.integers(3, 12))) if rng.random() < 0.4 else (0, 0)
    if not big or rng.random() < 0.5:
        return Mirror(reflections, spots, _NO_PANE, gleam=gleam)
    corners = rng.uniform(low, high, 2) + rng.uniform(0.3, 1.0, (4, 1)) * np.array(
        [[-1, -0.8], [1, -1], [1.1, 0.8], [-0.9, 1]]
    )
    lamps = spots[: int(rng.integers(0, 2))]
    return Mirror("big", lamps, corners.astype(np.float32), uniform(rng, 0.15, 0.55), gleam)


def draw_glasses(planes: Planes, glasses: Glasses, mirror: Mirror, frame: Frame) -> None:
    """Lays lens, mirrored lights and rim over the face, in place."""
    lens = frame.polygon(glasses.outline)
    planes *= 1 - glasses.tint * lens
    if mirror.pane.size:
        pane = cv2.GaussianBlur(frame.polygon(mirror.pane) * lens, (0, 0), 1.0)
        planes += mirror.haze * pane
    _draw_rim(planes, glasses, frame)
    if mirror.gleam[1]:
        shining = glasses.outline[None, slice(*mirror.gleam)]
        planes += 0.8 * frame.strokes(shining, 0.4 * glasses.thickness)
    _draw_spots(planes, mirror.spots, frame)


def _draw_spots(planes: Planes, spots: NDArray[np.float32], frame: Frame) -> None:
    """Adds saturated lamps with their bloom, in place."""
    for x, y, radius, strength in spots.tolist():
        reach = 6 * radius  # less than a grey level of bloom lies beyond
        rows, band = frame.band(y - reach, y + reach)
        first, last = np.searchsorted(frame.x[0], (x - reach, x + reach))
        distance = np.square(frame.x[:, first:last] - x) + np.square(band.y - y)
        core = distance * np.float32(1 / radius**2)
        light = np.exp(np.float32(-0.15) * core)
        light *= np.float32(0.06)
        light += np.exp(-np.square(core))
        light *= np.float32(strength)
        planes[:, rows, first:last] += light


def _draw_rim(planes: Planes, glasses: Glasses, frame: Frame) -> None:
    if glasses.rim == "none":
        return
    outline = glasses.outline
    if glasses.rim == "half":
        outline = outline[24:]  # angles from π on: the upper edge
    left, right = outline[:, 0].min(), outline[:, 0].max()
    far = np.array([[left - 3.0, left + 0.1], [right + 3.0, right - 0.1]])
    arms = np.stack([far, np.full((2, 2), glasses.bridge)], axis=2)
    mask = np.maximum(
        frame.strokes(outline[None], glasses.thickness),
        frame.strokes(arms, 1.2 * glasses.thickness),
    )
    cast = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.07 * frame.scale))
    planes *= 1 - np.float32(0.25) * cast
    lay(planes, np.float32(glasses.opacity) * mask, glasses.brightness)
