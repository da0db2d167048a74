"""How many planted label faults does the study of mistakes suspect, and whom wrongly?

    python experiments/label_faults/plant.py RUN --of eye-real-fp32 --test mrl --threshold 0.415

RUN is a run folder of `train.py` or of `blink evaluate`. The scores stay; labels are turned at
random, five times for each share.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.mistakes.study import study_mistakes
from blink.evaluation.pictures import read_pictures
from blink.evaluation.predictions import read_predictions

SHARES = (0.01, 0.03, 0.05)
SEEDS = range(5)


def main() -> None:
    """Prints recall and precision for each share of planted faults."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--of", required=True)
    parser.add_argument("--test", default="mrl")
    parser.add_argument("--threshold", type=float, required=True)
    given = parser.parse_args()
    table = read_predictions(given.run / "predictions" / f"{given.of}-on-{given.test}.parquet")
    table = table[table["label"].notna()].reset_index(drop=True)
    pictures = read_pictures(given.run / "pictures" / f"{given.test}.parquet")
    point = OperatingPoint(given.threshold, "given")
    before = set(study_mistakes(table, point, pictures).label_faults)
    print(f"suspected as it is: {len(before)}")
    for share in SHARES:
        found = np.mean([measure(table, point, pictures, before, share, n) for n in SEEDS], axis=0)
        words = ("recall", "precision", "or suspected before", "of other mistakes accused")
        told = ", ".join(f"{word} {value:.2f}" for word, value in zip(words, found, strict=True))
        print(f"{share:.0%} planted: {told}")


def measure(
    table: pd.DataFrame,
    point: OperatingPoint,
    pictures: pd.DataFrame,
    before: set[str],
    share: float,
    seed: int,
) -> tuple[float, float, float, float]:
    """Recall among planted faults that are mistakes; precision, twice; share of others accused."""
    turned = np.random.default_rng(seed).random(len(table)) < share
    planted = table.assign(label=table["label"].where(~turned, 1 - table["label"]))
    wrong = (planted["p_closed"] >= point.threshold) != (planted["label"] == 1)
    faults = set(table["id"][turned & wrong.to_numpy()])
    others = set(table["id"][~turned & wrong.to_numpy()])
    suspected = set(study_mistakes(planted, point, pictures).label_faults)
    return (
        len(suspected & faults) / max(len(faults), 1),
        len(suspected & faults) / max(len(suspected), 1),
        len(suspected & (faults | before)) / max(len(suspected), 1),
        len(suspected & others) / max(len(others), 1),
    )


if __name__ == "__main__":
    main()
