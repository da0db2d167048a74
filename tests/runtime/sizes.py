"""Crops of all sizes from 8×8 to 2000×2000, and the real ones as they lie in their archives."""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from blink.contract import Crop
from blink.data.importers.cew import CewEyes
from blink.data.importers.mrl import MrlEyes

CORNERS = [
    *[(8, 8), (8, 2000), (2000, 8), (2000, 2000), (1999, 1001)],
    *[(31, 33), (32, 32), (32, 40), (64, 64), (64, 32), (96, 160), (24, 24)],
]
"""Rows and columns: the ends, the net's own size, whole multiples of it, and just beside it."""


def sizes(seed: int) -> Iterator[tuple[int, int]]:
    """The corners, then as many more as are asked for, from 8 to 400, each octave as often."""
    yield from CORNERS
    rng = np.random.default_rng(seed)
    while True:
        height, width = np.exp(rng.uniform(np.log(8), np.log(401), 2)).astype(int)
        yield int(height), int(width)


def resized(crops: Iterable[Crop], count: int, seed: int = 0) -> list[Crop]:
    """So many crops of all sizes, made of these in turn, with the grain that a camera leaves."""
    rng = np.random.default_rng(seed)
    made = []
    for crop, (height, width) in islice(zip(cycle(crops), sizes(seed), strict=False), count):
        larger = cv2.resize(crop, (width, height), interpolation=cv2.INTER_CUBIC)
        grain = rng.integers(-6, 7, larger.shape, dtype=np.int16)
        made.append(np.clip(larger + grain, 0, 255).astype(np.uint8))
    return made


def tinted(crop: Crop) -> Crop:
    """The crop with three channels that differ: itself, if it has them."""
    if crop.ndim == 3:
        return crop
    return np.stack([crop, crop // 2 + 40, 255 - crop // 3], axis=2).astype(np.uint8)


def real_pictures(archives: Path, every: int = 1) -> Iterator[bytes]:
    """The picture files of the real archives, every so many-th, in the importers' order."""
    for source in (
        MrlEyes(archives / "mrlEyes_2018_01.zip"),
        CewEyes(archives / "dataset_B_Eye_Images.zip"),
    ):
        with source.open() as archive:
            found = source.pictures(archive, lambda member, fault: None)
            for picture in islice(found, 0, None, every):
                yield archive.read(picture.member)
