"""Test sets in which it is known why an intelligence errs."""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import Crop
from blink.evaluation.pictures import PictureNotes
from tests.evaluation.drawn import draw_eye, predictions


def pictures_for(table: pd.DataFrame, crops: Sequence[Crop]) -> pd.DataFrame:
    notes = PictureNotes(len(crops))
    for place, crop in enumerate(crops):
        notes.add(place, crop)
    return notes.table(table["id"].tolist())


def noisy_eye(closed: bool, seed: int, shade: int = 170) -> Crop:
    draw = np.random.default_rng(seed)
    across, down = draw.uniform(-2, 2, 2)
    moved = np.array([[1, 0, across], [0, 1, down]], np.float32)
    eye = cv2.warpAffine(
        draw_eye(closed, 32, shade), moved, (32, 32), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(np.clip(eye + draw.normal(0, 6, eye.shape), 0, 255), np.uint8)


def drawn_crowd(
    people: int = 12, crops: int = 20
) -> tuple[NDArray[np.int64], list[str], list[Crop]]:
    """Labels, people and pictures; each person has as many open as closed eyes."""
    labels = np.tile([1, 0], people * crops // 2)
    names = [f"person-{number // crops:02d}" for number in range(len(labels))]
    return labels, names, [noisy_eye(bool(label), n) for n, label in enumerate(labels)]


def honest(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Scores of an intelligence that is right, mostly sure of it, and at times less so."""
    doubt = 0.01 + 0.3 * np.random.default_rng(0).uniform(0, 1, len(labels)) ** 4
    return np.where(labels == 1, 1 - doubt, doubt)


def crowd_table(
    labels: Sequence[int] | NDArray[np.int64],
    scores: NDArray[np.float64],
    names: Sequence[str | None],
    **columns: Sequence[str | float | None],
) -> pd.DataFrame:
    return predictions(list(map(int, labels)), scores.tolist(), names, **columns)
