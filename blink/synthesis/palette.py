from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field

FITZPATRICK = ("I", "II", "III", "IV", "V", "VI")
_SKIN = (
    (0.93, 0.79, 0.72),
    (0.89, 0.72, 0.61),
    (0.80, 0.61, 0.48),
    (0.67, 0.48, 0.35),
    (0.48, 0.33, 0.24),
    (0.31, 0.21, 0.16),
)
_HAIR = ((0.09, 0.07, 0.06), (0.20, 0.13, 0.09), (0.42, 0.31, 0.19), (0.55, 0.53, 0.51))
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)[:, None, None]
_IRIS = ((0.16, 0.09, 0.05), (0.30, 0.18, 0.09), (0.33, 0.33, 0.19), (0.38, 0.46, 0.54))


@dataclass(frozen=True)
class Pigments:
    """What colours a person: where on each scale the person lies.

    Attributes:
        skin_tone: Index into the Fitzpatrick types.
        hair: 0 black, 1 brown, 2 blond, 3 grey.
        iris: 0 dark brown, 1 brown, 2 green, 3 blue.
        jitter: (3,) factors around 1 that make two people of one type differ.
        white: How bright the sclera is in visible light, 1 for a clear one in full light.
        infrared: The brightness of skin, sclera, iris and hair in infrared, where melanin hardly
            absorbs: these do not follow from the visible colours.
    """

    skin_tone: int
    hair: int
    iris: int
    jitter: tuple[float, float, float]
    white: float
    infrared: tuple[float, float, float, float]


@dataclass(frozen=True)
class Palette:
    """The colours of one person under one kind of camera, each float32 (C, 1, 1)."""

    skin: Field
    flush: Field
    hair: Field
    sclera: Field
    iris: Field
    shade: Field


def sample_pigments(rng: np.random.Generator, grey_haired: bool) -> Pigments:
    """Draws pigments that go together: dark skin has dark hair and, mostly, dark irises."""
    tone = int(rng.integers(6))
    fair = (0.30, 0.35, 0.20, 0.15) if tone < 3 else (0.75, 0.24, 0.01, 0.0)
    iris = (0.2, 0.3, 0.2, 0.3) if tone < 3 else (0.6, 0.34, 0.04, 0.02)
    glow = uniform(rng, 0.60, 0.82) - 0.03 * tone
    red, green, blue = (1 + 0.05 * rng.standard_normal(3)).tolist()
    return Pigments(
        skin_tone=tone,
        hair=3 if grey_haired else int(rng.choice(4, p=fair)),
        iris=int(rng.choice(4, p=iris)),
        jitter=(red, green, blue),
        white=uniform(rng, 0.65, 1.1),
        infrared=(
            glow,
            uniform(rng, 0.6, 1.10) * glow,
            uniform(rng, 0.25, 0.90) * glow,
            uniform(rng, 0.10, 0.55) * glow,
        ),
    )


@lru_cache(maxsize=3)  # a person's crops follow each other, from three kinds of camera
def mix_palette(pigments: Pigments, spectrum: str, colour: bool) -> Palette:
    """The colours that a camera sees: one value each for a grey camera, three for a colour one.

    Args:
        pigments: The person's.
        spectrum: `ir` or `rgb`.
        colour: Whether the camera tells colours apart; an infrared one never does.
    """
    if spectrum == "ir":
        skin, sclera, iris, hair = pigments.infrared
        return Palette(
            skin=_colour(skin),
            flush=_colour(0.94 * skin),
            hair=_colour(hair),
            sclera=_colour(sclera),
            iris=_colour(iris),
            shade=_colour(1.0),
        )
    skin_rgb = _colour(*_SKIN[pigments.skin_tone]) * _colour(*pigments.jitter)
    palette = Palette(
        skin=skin_rgb,
        flush=skin_rgb * _colour(0.98, 0.80, 0.80),
        hair=_colour(*_HAIR[pigments.hair]),
        sclera=_colour(0.82, 0.79, 0.77) * np.float32(pigments.white),
        iris=_colour(*_IRIS[pigments.iris]),
        # Light that reaches the eye through folds of skin has turned red on the way.
        shade=_colour(0.9, 1.03, 1.08),
    )
    return palette if colour else _in_grey(palette)


def _in_grey(palette: Palette) -> Palette:
    return Palette(
        **{
            field.name: np.sum(_LUMA * getattr(palette, field.name), axis=0, keepdims=True)
            for field in fields(palette)
        }
    )


def _colour(*values: float) -> Field:
    return np.array(values, np.float32)[:, None, None]
