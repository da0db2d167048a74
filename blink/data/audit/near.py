"""Which pictures are the same but for a few grey levels or a pixel's shift."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from blink.data.audit.limits import Limits

_BYTES = 8
_FLATTEST = 1.0
"""Grey levels of standard deviation below which a picture is even: noise alone would correlate."""
_CHUNK = 4096

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Near:
    """Pairs of near-duplicates, none twice, by rising rows.

    Attributes:
        left: The lower row of each pair.
        right: The higher row.
        likeness: Correlation of the two thumbnails.
    """

    left: Rows
    right: Rows
    likeness: NDArray[np.float32]

    def only(self, wanted: NDArray[np.bool_]) -> "Near":
        """The pairs for which `wanted` is true."""
        return Near(self.left[wanted], self.right[wanted], self.likeness[wanted])


def find_near(hashes: NDArray[np.uint64], thumbnails: NDArray[np.uint8], limits: Limits) -> Near:
    """The near-duplicates: a hash proposes, the pixels decide.

    Different people's eyes look alike, so that a hash alone is no proof. Of MRL's 1.3 million pairs
    within 10 bits, 504,000 show two people, closed lids in dim light most of all; of those none
    correlates by more than 0.968. One person's neighbouring frames do by 0.98 and more, and to the
    eye such a pair is one picture. JPEG at quality 60, a gamma of 0.7 and sizes down to 0.6 leave
    MRL's crops within 4 bits and above 0.98. No pair of CEW reaches 0.97, two eyes of a face
    included. Contrast and brightness do not count; an even picture is near to none.

    Args:
        hashes: (N,) of 64 bits.
        thumbnails: (N, 32, 32) grey.
        limits: How near is near.
    """
    rows, units = _uneven(thumbnails)
    none = np.empty(0, np.int64)
    found = [(none, none, np.empty(0, np.float32))]
    for a, b in _propose(hashes[rows], limits.hash_bits):
        likeness = np.einsum("ij,ij->i", units[a], units[b])
        is_near = likeness >= limits.near_correlation
        if is_near.any():
            found.append((rows[a[is_near]], rows[b[is_near]], likeness[is_near]))
    left, right, likeness = map(np.concatenate, zip(*found, strict=True))
    order = np.lexsort((right, left))
    return Near(left[order], right[order], likeness[order])


def _propose(hashes: NDArray[np.uint64], bits: int) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of rows whose hashes differ in few bits and agree in two of their eight bytes.

    By the pigeonhole principle that is every pair within 6 bits, and more than nine in ten of those
    at 7 and 8. A pair is given by the first two bytes that agree, so that none comes twice. They
    come some thousands at a time: of pictures that look alike there are too many to hold.

    Source: multi-index hashing, Norouzi, Punjani and Fleet 2012.
    """
    digits = hashes.astype(">u8").view(np.uint8).reshape(-1, _BYTES)
    for first, second in tqdm(
        list(combinations(range(_BYTES), 2)), "Comparing pictures", unit="index"
    ):
        keys = digits[:, first].astype(np.int64) * 256 + digits[:, second]
        order = np.argsort(keys, kind="stable")
        for a, b in _alike(keys[order]):
            left, right = order[a], order[b]
            differing = hashes[left] ^ hashes[right]
            close = np.bitwise_count(differing) <= bits
            left, right, differing = left[close], right[close], differing[close]
            equal = differing.astype(">u8").view(np.uint8).reshape(-1, _BYTES) == 0
            new = equal[:, : second + 1].sum(axis=1) == 2
            left, right = np.minimum(left, right)[new], np.maximum(left, right)[new]
            for at in range(0, len(left), _CHUNK):
                yield left[at : at + _CHUNK], right[at : at + _CHUNK]


def _alike(keys: NDArray[np.int64]) -> Iterator[tuple[Rows, Rows]]:
    """All pairs of places that hold the same key, one distance at a time; keys are sorted."""
    places = np.arange(len(keys))
    for distance in range(1, len(keys)):
        places = places[places + distance < len(keys)]
        places = places[keys[places] == keys[places + distance]]
        if not len(places):
            return
        yield places, places + distance


def _uneven(thumbnails: NDArray[np.uint8]) -> tuple[Rows, NDArray[np.float32]]:
    """Rows of the thumbnails that are not even; those without mean and contrast, of length 1."""
    pixels = thumbnails.reshape(len(thumbnails), -1).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    length = np.linalg.norm(pixels, axis=1, keepdims=True)
    rows = np.flatnonzero(length >= _FLATTEST * np.sqrt(pixels.shape[1]))
    pixels = pixels[rows]
    pixels /= length[rows]
    return rows, pixels
