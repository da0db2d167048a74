"""The form of a face around the eye, and what light from one side makes of it.

A face is no plane: a ball bulges between brow and cheek, the lid sinks in above it, the nose stands
beside it. Light makes these forms bright on one side and dark on the other, and hollows stay dark
whatever the light. All of it is smooth, and a sum of few products of a row and a column: one small
product of matrices draws it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from blink.synthesis.frame import Field, Frame, bell


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
        hollow += float(rng.uniform(0.15, 0.5))
    return FormTraits(
        ball=ball,
        middle=float(rng.uniform(-0.2, 0.05)),
        ridge=ridge,
        hollow=hollow,
        hollow_at=float(rng.uniform(-0.75, -0.4)),
        corner=corner,
        nose=nose,
        cheek=cheek,
        temple=temple,
    )


def shade_form(traits: FormTraits, across: float, down: float, frame: Frame) -> Field:
    """The shades of a form.

    Args:
        traits: The form.
        across: Where the light stands: positive towards the temple.
        down: Positive below; light from above is negative.
        frame: Where to draw.

    Returns:
        (H, W) in log-brightness.
    """
    x, y = frame.x[0], frame.y[:, 0]
    at = np.array((traits.middle, -1.05, traits.hollow_at, -0.45), np.float32)[:, None]
    ball, ridge, hollow, corner = bell((y - at) * _STEEP, 1.0)
    rows = np.empty((6, len(y)), np.float32)
    # Light from a side makes that side of a bulge bright.
    rows[0] = (traits.ball + 4 * traits.ball * down * (y - traits.middle)) * ball
    rows[0] -= traits.hollow * hollow
    rows[1] = 4 * traits.ball * across * ball
    rows[2] = 8 * traits.ridge * down * (y + 1.05) * ridge
    rows[3] = -traits.corner * corner
    rows[4] = 1
    rows[5] = traits.cheek * np.maximum(y - 0.3, 0)
    columns = np.empty((6, len(x)), np.float32)
    columns[0], columns[2], columns[3] = bell((x - _MIDDLES) * _NARROW, 1.0)
    columns[1] = x * columns[0]
    columns[4] = traits.nose * np.maximum(-0.9 - x, 0) - traits.temple * np.maximum(x - 0.9, 0)
    columns[5] = 1
    return rows.T @ columns
