"""The form of a face around the eye, and what light from one side makes of it.

A face is no plane: a ball bulges between brow and cheek, the lid sinks in above it, the nose stands
beside it. Light makes these forms bright on one side and dark on the other, and hollows stay dark
whatever the light. All of it is smooth, and a sum of few products of a row and a column: one small
product of matrices draws it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np

from blink.synthesis.atlas import MAP
from blink.synthesis.chance import uniform
from blink.synthesis.frame import Field, bell


@dataclass(frozen=True)
class FormTraits:
    """The form of a person's face around the eye: strengths of shades in log-brightness.

    Attributes:
        ball: How far the eyeball bulges, eye units.
        middle: y of its middle.
        ridge: How far the bone under the brow bulges.
        hollow: Depth of the hollow between ball and brow.
        hollow_at: y of the hollow.
        corner: Depth of the shade between eye, brow and nose.
        nose: How the side of the nose differs from the cheek; positive is brighter.
        cheek: How the cheek differs from the eye; positive is brighter.
        temple: How the temple differs; positive is darker.
    """

    ball: float
    middle: float
    ridge: float
    hollow: float
    hollow_at: float
    corner: float
    nose: float
    cheek: float
    temple: float

    @cached_property
    def shades(self) -> Field:
        """(3, H, W) of `MAP`: in even light, and what light from beside and from below adds."""
        x, y = MAP.x[0], MAP.y[:, 0]
        at = np.array((self.middle, -1.05, self.hollow_at, -0.45), np.float32)[:, None]
        ball, ridge, hollow, corner = bell((y - at) * _STEEP, 1.0)
        round_x, ridge_x, corner_x = bell((x - _MIDDLES) * _NARROW, 1.0)
        flanks = self.nose * np.maximum(-0.9 - x, 0) - self.temple * np.maximum(x - 0.9, 0)
        even = np.outer(self.ball * ball - self.hollow * hollow, round_x)
        even -= np.outer(self.corner * corner, corner_x)
        even += flanks + self.cheek * np.maximum(y - 0.3, 0)[:, None]
        # Light from a side makes that side of a bulge bright.
        beside = np.outer(4 * self.ball * ball, x * round_x)
        below = np.outer(4 * self.ball * (y - self.middle) * ball, round_x)
        below += np.outer(8 * self.ridge * (y + 1.05) * ridge, ridge_x)
        return np.stack([even, beside, below]).astype(np.float32, copy=False)


_STEEP: Final = 1 / np.array([[0.6], [0.35], [0.3], [0.5]], np.float32)
_MIDDLES: Final = np.array([[0.0], [0.2], [-0.85]], np.float32)
_NARROW: Final = 1 / np.array([[0.95], [1.3], [0.6]], np.float32)

FLAT: Final = FormTraits(0, 0, 0, 0, 0, 0, 0, 0, 0)
"""A face that is a plane."""


def sample_form(rng: np.random.Generator, aged: float) -> FormTraits:
    """Draws a form; with age (0 to 1) the eye sinks into its socket."""
    ball, ridge, hollow, corner = rng.uniform(0, (0.15, 0.1, 0.2, 0.5)).tolist()
    nose, cheek, temple = rng.normal((0, 0.05, 0.05), (0.12, 0.06, 0.08)).tolist()
    if rng.random() < 0.1 + 0.2 * aged:  # deep-set eyes
        hollow += uniform(rng, 0.15, 0.5)
    return FormTraits(
        ball=ball,
        middle=uniform(rng, -0.2, 0.05),
        ridge=ridge,
        hollow=hollow,
        hollow_at=uniform(rng, -0.75, -0.4),
        corner=corner,
        nose=nose,
        cheek=cheek,
        temple=temple,
    )


def shade_form(traits: FormTraits, across: float, down: float) -> Field:
    """The shades of a form.

    Args:
        traits: The form.
        across: Where the light stands: positive towards the temple.
        down: Positive below; light from above is negative.

    Returns:
        (H, W) of `MAP`, in log-brightness.
    """
    even, from_side, from_below = traits.shades
    shade = cv2.scaleAdd(from_side, across, even)
    return np.asarray(cv2.scaleAdd(from_below, down, shade), np.float32)
