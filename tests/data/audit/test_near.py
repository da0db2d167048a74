import tracemalloc
from itertools import combinations
from unittest.mock import Mock

import numpy as np
import pytest

from blink.data.audit.limits import Limits
from blink.data.audit.near import _propose, find_near
from blink.data.audit.pictures import perceptual_hash
from blink.data.thumbnail import thumbnail
from tests.data.audit.sets import noisy
from tests.data.drawing import eye


def test_near_finds_every_pair_when_hashes_differ_in_six_bits() -> None:
    generator = np.random.default_rng(0)
    first = generator.integers(2**63, size=300, dtype=np.uint64)
    flips = [generator.choice(64, 6, replace=False) for _ in first]
    second = first ^ np.array([sum(1 << int(bit) for bit in bits) for bits in flips], np.uint64)
    pictures = generator.integers(256, size=(300, 32, 32)).astype(np.uint8)
    near = find_near(
        np.concatenate([first, second]), np.concatenate([pictures, pictures]), Limits(hash_bits=6)
    )
    assert near.left.tolist() == list(range(300))
    assert near.right.tolist() == list(range(300, 600))
    assert near.likeness == pytest.approx(1, abs=1e-5)


def test_near_names_each_pair_once_when_many_are_alike() -> None:
    thumbnails = np.stack([noisy(thumbnail(eye(1, False, 32)), seed) for seed in range(6)])
    near = find_near(np.zeros(6, np.uint64), thumbnails, Limits())
    assert list(zip(near.left, near.right, strict=True)) == list(combinations(range(6), 2))


def test_near_lets_the_pixels_decide_when_hashes_are_equal() -> None:
    thumbnails = np.stack([thumbnail(eye(seed, False, 32)) for seed in range(4)])
    assert not len(find_near(np.zeros(4, np.uint64), thumbnails, Limits()).left)


def test_near_leaves_even_pictures_alone_when_noise_would_correlate() -> None:
    even = np.full((2, 32, 32), 80, np.uint8)
    even[:, 0, 0] = 81
    hashes = np.array([perceptual_hash(picture) for picture in even])
    assert not len(find_near(hashes, even, Limits()).left)


def test_near_proposes_no_even_picture_when_some_are_black(monkeypatch: pytest.MonkeyPatch) -> None:
    proposing = Mock(wraps=_propose)
    monkeypatch.setattr("blink.data.audit.near._propose", proposing)
    pictures = np.zeros((4, 32, 32), np.uint8)
    pictures[[1, 3]] = thumbnail(eye(1, False, 32))
    near = find_near(np.zeros(4, np.uint64), pictures, Limits())
    assert list(zip(near.left, near.right, strict=True)) == [(1, 3)]
    assert len(proposing.call_args.args[0]) == 2  # black pictures would all propose one another


def test_near_holds_no_proposals_when_many_hashes_are_equal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("blink.data.audit.near._CHUNK", 64)
    pictures = np.random.default_rng(0).integers(256, size=(100, 8, 8)).astype(np.uint8)
    tracemalloc.start()
    try:
        assert not len(find_near(np.zeros(100, np.uint64), pictures, Limits()).left)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < 1_400 * 100  # pixels and a part of the pairs; all 4,950 pairs are twice as much
