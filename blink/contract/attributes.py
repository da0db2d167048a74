"""What may be known about a crop beside its label. Null means "not known" and is never guessed."""

from typing import Final

VOCABULARY: Final[dict[str, tuple[str, ...] | None]] = {
    "side": ("left", "right"),
    "spectrum": ("ir", "rgb"),
    "sensor": None,
    "glasses": ("no", "yes"),
    "reflections": ("none", "small", "big"),
    "lighting": ("bad", "good"),
    "gender": ("man", "woman"),
    "age_group": ("child", "young", "middle", "old"),
    "ethnicity": None,
    "skin_tone": ("I", "II", "III", "IV", "V", "VI"),
    "lid_shape": ("single", "double", "hooded"),
    "gaze": ("centre", "left", "right", "up", "down"),
    "expression": ("calm", "squint"),
}
"""Categorical attributes and the values they may take; None allows any text.

`side` is the eye's own side (the person's left eye). `skin_tone` is the Fitzpatrick type.
`lid_shape` is of the upper lid as it shows on the open eye: single without a crease (monolid),
double with one, hooded where skin hangs over the crease. `expression` is of the muscle around an
open eye: a squint narrows it on purpose, in a smile or against light.
"""

RENDERED: Final = frozenset({"rendered", "clips"})
"""Data sets that `blink.synthesis` makes: they show people who do not exist."""
