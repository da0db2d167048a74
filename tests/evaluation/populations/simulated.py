"""Predictions of people who differ in what an intelligence makes of them, drawn at random."""

from typing import Any

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.pictures import EMBEDDING, checked_pictures
from tests.evaluation.drawn import predictions

HALF = OperatingPoint(0.5, "by hand")


def simulate(
    people: int, crops: int, seed: int, weak: float = 0.0, rate: float = 0.05, **columns: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions and pictures: mistakes at a rate, and in dark crops of people in glasses more.

    Every third person wears glasses, and every third crop is dark; some people are harder to read
    than others.

    Args:
        people: How many.
        crops: Of each.
        seed: Of everything.
        weak: How much more often dark crops of people in glasses go wrong.
        rate: How often others do.
        columns: Further columns of the predictions.
    """
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), crops)
    closed = rng.random(len(who)) < 0.5
    glasses = who % 3 == 0
    brightness = np.where(rng.random(len(who)) < 1 / 3, rng.uniform(20, 60, len(who)), 0)
    brightness = np.where(brightness > 0, brightness, rng.uniform(60, 200, len(who)))
    chance = rate * rng.uniform(0.2, 1.8, people)[who] + weak * (glasses & (brightness < 60))
    wrong = rng.random(len(who)) < chance
    sure = rng.uniform(0.55, 1.0, len(who))
    table = predictions(
        closed.astype(int).tolist(),
        np.where(closed == wrong, 1 - sure, sure).tolist(),
        [f"person-{number}" for number in who],
        glasses=np.where(glasses, "yes", "no"),
        gender=np.where(who % 2 == 0, "man", "woman"),
        **columns,
    )
    pictures = pd.DataFrame(
        {
            "id": table["id"],
            "width": rng.integers(30, 120, len(who)),
            "height": rng.integers(30, 120, len(who)),
            "brightness": brightness,
            "contrast": rng.uniform(10, 60, len(who)),
            "sharpness": rng.uniform(0, 1, len(who)),
            "range": 100.0,
            "clipped": 0.0,
            "strangeness": 1.0,
        }
        | dict.fromkeys(EMBEDDING, 0.0)
    )
    return table, checked_pictures(pictures, "The drawn pictures")
