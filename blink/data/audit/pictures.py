"""One look at every picture of a data set: all that the checks want to know of its pixels."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from blink.contract import Crop
from blink.data.images import decode
from blink.data.manifest import Manifest
from blink.data.parallel import in_parallel
from blink.data.thumbnail import thumbnail
from blink.runtime import preprocessing
from blink.runtime.strangeness import EDGES, SIDE, edges

FRAME = 6
"""Pixels of a thumbnail's outer frame, where there is skin and scene but hardly any eye."""

_EVEN = 2
"""Grey levels between the darkest and the brightest pixel of a line that counts as padding."""

_MAGIC = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"BM": "bmp",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}


@dataclass(frozen=True, eq=False)
class Pictures:
    """What was seen of the pictures, one entry per manifest row.

    Attributes:
        nuisances: What should not tell the state of an eye, see `nuisances_of`.
        quality: Whether anything can be seen at all, see `clipping_of` and `visibility_of`.
        hashes: Perceptual hashes of 64 bits, uint64 (N,).
        thumbnails: Grey, uint8 (N, 32, 32).
        hog: Histograms of oriented gradients of the thumbnails, float32 (N, 324).
    """

    nuisances: pd.DataFrame
    quality: pd.DataFrame
    hashes: NDArray[np.uint64]
    thumbnails: NDArray[np.uint8]
    hog: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Look:
    nuisances: dict[str, float | str]
    quality: dict[str, float]
    hash: np.uint64
    thumbnail: NDArray[np.uint8]
    hog: NDArray[np.float32]


def look(manifest: Manifest) -> Pictures:
    """Decodes every picture once, over all cores; about 6 KB of memory a crop.

    Raises:
        DataError: A picture cannot be decoded.
    """
    count = len(manifest)
    hashes = np.empty(count, np.uint64)
    thumbnails = np.empty((count, SIDE, SIDE), np.uint8)
    hog = np.empty((count, EDGES), np.float32)
    nuisances, quality = [], []
    for row, seen in enumerate(_looks(manifest)):
        hashes[row], thumbnails[row], hog[row] = seen.hash, seen.thumbnail, seen.hog
        nuisances.append(seen.nuisances)
        quality.append(seen.quality)
    return Pictures(pd.DataFrame(nuisances), pd.DataFrame(quality), hashes, thumbnails, hog)


def _looks(manifest: Manifest) -> Iterator[_Look]:
    return in_parallel(_look, manifest.encoded(), len(manifest), "Looking at pictures")


def _look(encoded: bytes) -> _Look:
    shades = preprocessing.grey(decode(encoded))
    small = thumbnail(shades)
    return _Look(
        nuisances_of(encoded, shades, small),
        clipping_of(shades) | visibility_of(small),
        perceptual_hash(small),
        small,
        edges(small),
    )


def perceptual_hash(small: NDArray[np.uint8]) -> np.uint64:
    """The signs of a thumbnail's 64 lowest cosine frequencies about their median (imagehash)."""
    bits = imagehash.phash(Image.fromarray(small)).hash
    return np.uint64(int.from_bytes(np.packbits(bits).tobytes(), "big"))


def nuisances_of(encoded: bytes, grey: Crop, small: NDArray[np.uint8]) -> dict[str, float | str]:
    """What a label must not follow from, since it says nothing of the lids.

    Brightness, contrast and sharpness are those of the outer frame: across a whole crop they tell
    the state of an eye honestly, as an iris is dark and its rim is sharp.

    Returns:
        `width`, `height` (pixels), `aspect` (width to height), `brightness` (0 to 255), `contrast`
        (standard deviation), `sharpness` (variance of the Laplacian), `border` (share of the area
        that is padding), `bytes_per_pixel` and `format` (by magic bytes).
    """
    height, width = grey.shape
    outside = np.ones((SIDE, SIDE), bool)
    outside[FRAME:-FRAME, FRAME:-FRAME] = False
    frame = small[outside].astype(np.float64)
    edges = cv2.Laplacian(small, cv2.CV_64F)[outside]
    return {
        "width": float(width),
        "height": float(height),
        "aspect": width / height,
        "brightness": float(frame.mean()),
        "contrast": float(frame.std()),
        "sharpness": float(edges.var()),
        "border": padding(grey),
        "bytes_per_pixel": len(encoded) / (width * height),
        "format": next((name for magic, name in _MAGIC.items() if encoded.startswith(magic)), "?"),
    }


def clipping_of(grey: Crop) -> dict[str, float]:
    """What the sensor could not tell apart.

    Returns:
        `dark` and `bright`: shares of pixels of the full picture at 5 or less, and at 250 or more.
    """
    return {
        "dark": np.count_nonzero(grey <= 5) / grey.size,
        "bright": np.count_nonzero(grey >= 250) / grey.size,
    }


def visibility_of(small: NDArray[np.uint8]) -> dict[str, float]:
    """Whether there is anything to be seen.

    Returns:
        `range` (grey levels between the thumbnail's 2nd and 98th percentile), `detail` (variance
        of the thumbnail's Laplacian over the variance of its pixels: a blurred picture has little
        for its contrast).
    """
    levels = np.sort(small, axis=None)  # np.percentile takes five times as long
    low, high = np.interp([0.02, 0.98], np.linspace(0, 1, levels.size), levels)
    variance = float(small.var())
    rims = float(cv2.Laplacian(small, cv2.CV_64F).var())
    return {"range": float(high - low), "detail": rims / variance if variance > 0 else 0.0}


def padding(grey: Crop) -> float:
    """Share of a picture's area in rows and columns along its edges that hold one grey level."""
    rows = _inner(np.ptp(grey, axis=1) <= _EVEN)
    columns = _inner(np.ptp(grey, axis=0) <= _EVEN)
    return 1 - rows * columns / grey.size


def _inner(even: NDArray[np.bool_]) -> int:
    """How many lines lie between the first and the last that are not even."""
    uneven = np.flatnonzero(~even)
    return int(uneven[-1] - uneven[0] + 1) if len(uneven) else 0
