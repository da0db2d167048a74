"""At which contrast, clipping, sharpness and size does a net lose five points?

    BLINK_DATA=data python experiments/inspection/spoil.py BUNDLE --data real

Validation people's crops are spoilt step by step: what goes into bundles is not found on test
people. Printed are, by data set, the balanced accuracy of what the bundle then says, and the
medians of what `Detector.inspect` measures.
"""

import argparse
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from blink.contract import Crop
from blink.entry.data_by_name import open_data
from blink.evaluation.judging import find_held_out
from blink.runtime import Detector

FIGURES = ("side", "contrast", "clipped", "sharpness")
MOST = 1000


def squeezed(crop: Crop, factor: float) -> Crop:
    """Less contrast, about the mean."""
    return levels(crop.mean() + factor * (crop.astype(float) - crop.mean()))


def stretched(crop: Crop, factor: float) -> Crop:
    """More contrast, about the median."""
    return levels(128 + factor * (crop.astype(float) - np.median(crop)))


def brighter(crop: Crop, factor: float) -> Crop:
    """More light."""
    return levels(factor * crop.astype(float))


def blurred(crop: Crop, share: float) -> Crop:
    """Smeared over a share of the width."""
    reach = share * crop.shape[1]
    return crop if not share else np.asarray(cv2.GaussianBlur(crop, (0, 0), reach), np.uint8)


def shrunk(crop: Crop, side: float) -> Crop:
    """So many pixels high and wide."""
    if min(crop.shape[:2]) <= side:
        return crop
    size = (int(side), int(side))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


STEPS: dict[Callable[[Crop, float], Crop], Sequence[float]] = {
    squeezed: (1, 0.5, 0.25, 0.12, 0.08, 0.05, 0.03, 0.02),
    stretched: (1, 2, 4, 6, 8, 12, 20, 40),
    brighter: (1, 1.5, 2, 2.5, 3, 4),
    blurred: (0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2),
    shrunk: (24, 20, 16, 14, 12, 10, 8),
}


def levels(picture: np.ndarray) -> Crop:
    """Whole grey levels from 0 to 255."""
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def main() -> None:
    """Prints a line for each step and data set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bundle")
    parser.add_argument("--data", default="real")
    given = parser.parse_args()
    detector = Detector.load(given.bundle)
    for held_out in find_held_out(open_data([given.data], [])[0], trained_on=True, role="val"):
        labels = held_out.manifest.table["label"].iloc[held_out.rows]
        rows: list[int] = []
        truth: list[int] = []
        for label in (0, 1):
            own = held_out.rows[(labels == label).fillna(False).to_numpy(bool)]
            rows += own[:: max(1, len(own) // MOST)].tolist()
            truth += [label] * (len(rows) - len(truth))
        crops = list(held_out.manifest.crops(rows))
        for spoil, steps in STEPS.items():
            for step in steps:
                tell(
                    f"{held_out.name} {spoil.__name__} {step:g}",
                    detector,
                    [spoil(crop, step) for crop in crops],
                    np.array(truth),
                )


def tell(name: str, detector: Detector, crops: list[Crop], truth: np.ndarray) -> None:
    """Prints a line."""
    closed = detector.is_closed(crops)
    accuracy = (closed[truth == 1].mean() + 1 - closed[truth == 0].mean()) / 2
    found = [detector.inspect(crop) for crop in crops]
    medians = [
        np.median([value for one in found if (value := getattr(one, name)) is not None] or [np.nan])
        for name in FIGURES
    ]
    told = ", ".join(f"{name} {value:.3g}" for name, value in zip(FIGURES, medians, strict=True))
    print(f"{name}: {accuracy:.3f} ({told})")


if __name__ == "__main__":
    main()
