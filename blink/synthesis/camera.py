import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np

from blink.contract import Crop
from blink.synthesis.chance import uniform
from blink.synthesis.finder import View, log_uniform
from blink.synthesis.frame import Field, Planes

Spectrum = Literal["ir", "rgb"]
Range = tuple[float, float]


@dataclass(frozen=True)
class Sensor:
    """A simulated camera, and what is usually done to its pictures.

    Attributes:
        name: As the manifest says it.
        spectrum: What it sees.
        colour: Whether its pictures are RGB; infrared ones and old photographs are grey.
        side: Smallest and largest side of an eye in its pictures, pixels.
        blur: Softness, eye units.
        noise: Deviation of the sensor's noise, grey levels.
        contrast: Share of the full range that its pictures use.
        sharpening: Strength of the halo that its software adds.
        quality: JPEG quality; empty for cameras that do not compress.
        vignetting: How dark its pictures' corners are.
    """

    name: str
    spectrum: Spectrum
    colour: bool
    side: tuple[int, int]
    blur: Range
    noise: Range
    contrast: Range
    sharpening: float
    quality: tuple[int, int] | tuple[()]
    vignetting: float


SENSORS: Final[Sequence[Sensor]] = (
    Sensor("ir-depth", "ir", False, (48, 120), (0.02, 0.08), (0.5, 4), (0.15, 0.6), 0, (), 0.2),
    Sensor("ir-industrial", "ir", False, (56, 160), (0.01, 0.05), (0.5, 3), (0.5, 1), 0.4, (), 0.3),
    Sensor(
        "ir-cabin", "ir", False, (24, 96), (0.02, 0.09), (0.5, 5), (0.25, 0.8), 0, (70, 92), 0.4
    ),
    Sensor("phone", "rgb", True, (48, 128), (0.01, 0.05), (0.5, 4), (0.7, 1), 1.0, (70, 97), 0.2),
    Sensor("webcam", "rgb", True, (20, 96), (0.02, 0.08), (1, 7), (0.5, 1), 0.8, (60, 92), 0.3),
    Sensor("photo", "rgb", False, (20, 64), (0.02, 0.07), (0.5, 4), (0.6, 1), 1.2, (65, 95), 0.2),
)


@dataclass(frozen=True)
class Exposure:
    """One release of a shutter.

    Attributes:
        sensor: With which camera.
        blur: (x, y) deviation of the blur, eye units; they differ where something moved.
        noise: Deviation of the noise, grey levels.
        contrast: Share of the full range that is used.
        black: Brightness of black, 0 to 1.
        gamma: Exponent of the tone curve.
        sharpening: Strength of the halo.
        quality: JPEG quality, None for no compression.
        vignetting: How dark the corners are.
        grain: Which part of the noise falls on this picture.
    """

    sensor: Sensor
    blur: tuple[float, float]
    noise: float
    contrast: float
    black: float
    gamma: float
    sharpening: float
    quality: int | None
    vignetting: float
    grain: int


def sample_exposure(rng: np.random.Generator, sensor: Sensor) -> Exposure:
    """Draws what a sensor does to one picture."""
    blur = log_uniform(rng, *sensor.blur)
    moves = rng.random() < 0.15
    smear = uniform(rng, 0.02, 0.09) if moves else 0.0
    along = rng.random()
    contrast = uniform(rng, *sensor.contrast)
    return Exposure(
        sensor=sensor,
        blur=(blur + smear * float(along < 0.6), blur + smear * float(along >= 0.6)),
        noise=uniform(rng, *sensor.noise) * contrast,
        contrast=contrast,
        black=rng.random() ** 2 * (1 - contrast),
        gamma=math.exp(rng.normal(0, 0.2)),
        sharpening=uniform(rng, 0, sensor.sharpening) if rng.random() < 0.5 else 0.0,
        quality=int(rng.integers(*sensor.quality)) if sensor.quality else None,
        vignetting=uniform(rng, 0, sensor.vignetting),
        grain=int(rng.integers(_GRAIN.size)),
    )


_GRAIN: Final = np.random.default_rng(0).standard_normal(1 << 19, np.float32)
"""White noise, drawn once: a picture takes a stretch of it, which is much faster than its own."""


def develop(planes: Planes, exposure: Exposure, view: View) -> Crop:
    """Turns a drawing into what the eye finder cuts out of the camera's picture.

    Args:
        planes: (C, H, W), the drawing on the view's frame.
        exposure: Says how.
        view: Says what is cut out.

    Returns:
        uint8 (height, width), or RGB (height, width, 3) for three planes.
    """
    scale, shrink = view.frame.scale, view.shrink
    # Half a pixel of the crop at least, or thin lines would alias where the crop is smaller.
    least = max(0.3, 0.45 * shrink)
    across, down = (max(least, blur * scale) for blur in exposure.blur)
    soft = cv2.GaussianBlur(
        _vignetted(planes, exposure.vignetting),
        (0, 0),
        sigmaX=across,
        sigmaY=down,
        borderType=cv2.BORDER_REPLICATE,
    )
    # Only what is sharp and enlarged shows the difference, and colour makes it an expensive one.
    plain = shrink > 0.8 or min(across, down) > 0.8
    kernel = cv2.INTER_LINEAR if plain else cv2.INTER_CUBIC
    picture = cv2.warpAffine(
        _tone(np.asarray(soft, np.float32), exposure, shrink),
        view.matrix,
        (view.width, view.height),
        flags=cv2.WARP_INVERSE_MAP | kernel,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _compress(_read_out(np.asarray(picture, np.float32), exposure), exposure)


def _vignetted(planes: Planes, strength: float) -> Field:
    """The drawing with darker corners, planes last."""
    down, across = (1 - np.float32(0.5 * strength) * _falloff(size) for size in planes.shape[1:])
    dark = planes * across
    dark *= down[:, None]
    return dark[0] if len(dark) == 1 else np.asarray(cv2.merge(list(dark)), np.float32)


@lru_cache(maxsize=128)  # more than there are sizes of drawings
def _falloff(size: int) -> Field:
    """0 in the middle of so many pixels, towards 1 at both ends."""
    return np.square(np.arange(1 - size, size, 2, dtype=np.float32) / size)


def _tone(picture: Field, exposure: Exposure, shrink: float) -> Field:
    """Tone curve and halo; on the drawing, which is smaller than most crops."""
    # No end above: a lamp is brighter than white skin, and the sensor alone cuts it off.
    cv2.pow(np.maximum(picture, 0, out=picture), exposure.gamma, picture)
    if not exposure.sharpening:
        return picture
    reach = max(0.8 * shrink, 0.03 * picture.shape[1])
    soft = cv2.GaussianBlur(picture, (0, 0), reach)
    halo = exposure.sharpening
    return np.asarray(cv2.addWeighted(picture, 1 + halo, soft, -halo, 0), np.float32)


def _read_out(picture: Field, exposure: Exposure) -> Crop:
    start = exposure.grain % (_GRAIN.size - picture.size)
    grain = _GRAIN[start : start + picture.size].reshape(picture.shape)
    levels = (255 * exposure.contrast, exposure.noise, 255 * exposure.black)
    return np.asarray(
        cv2.addWeighted(picture, levels[0], grain, levels[1], levels[2], dtype=cv2.CV_8U), np.uint8
    )


def _compress(crop: Crop, exposure: Exposure) -> Crop:
    if exposure.quality is None:
        return crop
    colour = crop.ndim == 3
    picture = cv2.cvtColor(crop, cv2.COLOR_RGB2BGR) if colour else crop
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, exposure.quality])
    lossy = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED), np.uint8)
    return np.asarray(cv2.cvtColor(lossy, cv2.COLOR_BGR2RGB), np.uint8) if colour else lossy
