"""Where `screen.py --keep` leaves nets and their answers, and how they are read again."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from experiments.recipe.eyes import REAL

SEEDS: Final = range(3)
"""Of `jobs confirm`: seed k is judged on the people of fold k."""

Answers = Mapping[tuple[int, str], NDArray[np.float32]]
"""(Seed, archive) → logits of the people of the seed's fold."""


def kept(folder: Path, name: str, protocol: str, seed: int) -> Path:
    """Where a net (`.pt`) and its answers (`.npz`) are kept, without the ending.

    Raises:
        ValueError: The name holds a dot, so that the ending would take the place of what follows.
    """
    if "." in name:
        raise ValueError(f"{name!r} names files; leave the dot out")
    return folder / f"{name}-{protocol}-{seed}"


def kept_parser(about: str | None) -> argparse.ArgumentParser:
    """Asks for the eyes, and for the folder that nets and answers were kept in."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("eyes", type=Path)
    parser.add_argument("kept", type=Path, help="folder that screen.py kept nets and answers in")
    return parser


def read_answers(folder: Path, name: str) -> Answers:
    """What the three nets of a choice said.

    Raises:
        FileNotFoundError: One of them is not there yet.
    """
    answers = {}
    for seed in SEEDS:
        with np.load(kept(folder, name, f"fold{seed}", seed).with_suffix(".npz")) as said:
            answers.update({(seed, archive): said[archive] for archive in REAL})
    return answers
