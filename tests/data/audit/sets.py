"""Small data sets with a known fault, for the audit's checks."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from blink.contract import Crop
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import make_row
from tests.data.drawing import eye

Drawn = tuple[Crop, str | None, int | None]
"""A picture, whose it is, and its label."""


def written(folder: Path, crops: Iterable[Drawn]) -> Manifest:
    """A data set named `drawn` of these crops."""
    return write_manifest(
        folder,
        [
            make_row(
                "drawn",
                f"{number}.png",
                encode_png(crop),
                subject=subject,
                label=label,
                licence="drawn",
            )
            for number, (crop, subject, label) in enumerate(crops)
        ],
    )


def noisy(crop: Crop, seed: int) -> Crop:
    """The same picture but for some grey levels."""
    noise = np.random.default_rng(seed).integers(-2, 3, crop.shape)
    return np.asarray(np.clip(crop.astype(np.int64) + noise, 0, 255), np.uint8)


def sized(people: int, crops: int, subjects: bool = True) -> list[Drawn]:
    """Eyes of 20 to 59 pixels, whose size says nothing of their state."""
    generator = np.random.default_rng(0)
    return [
        (
            eye(person * crops + number, bool(number % 2), int(generator.integers(20, 60))),
            f"p{person:02d}" if subjects else None,
            number % 2,
        )
        for person in range(people)
        for number in range(crops)
    ]
