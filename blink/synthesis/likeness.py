"""How far apart real and rendered crops are, and which rendered ones look most like real ones.

Both are described by numbers that no label went into; a classifier that tells them apart by these
gives the ratio of the two densities at each rendered crop.

Source: Sugiyama, Suzuki, Kanamori: Density Ratio Estimation in Machine Learning (2012), chapter 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from blink.contract import Crop, DataError, InputSpec
from blink.runtime.preprocessing import grey, normalise, pixels

Numbers = NDArray[np.float64]

_SPEC: Final = InputSpec()
_WAVES: Final = 8
"""Waves a side that are kept of a picture."""
_FOLDS: Final = 5
_MOST: Final = 20.0
"""No crop counts for more than so many: a few of them would decide everything."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """What a classifier of real against rendered crops found.

    Attributes:
        ratio: (N,) of each rendered crop: how much denser real crops are there, 1 in the mean.
        auc: How well real and rendered crops of unseen people are told apart; 0.5: not at all.
    """

    ratio: Numbers
    auc: float


def describe(crop: Crop) -> Numbers:
    """What is measured of a crop: (142,).

    The first waves of the picture that a net would see and their strengths, whichever their sign;
    its slopes at three sizes, across and down; levels of the crop itself, and its shape.

    Args:
        crop: uint8 (H, W) or RGB (H, W, 3).
    """
    seen = normalise(pixels(crop, _SPEC), _SPEC)[..., 0].astype(np.float32)
    seen = (seen - _SPEC.zero_point) * _SPEC.scale
    waves = cv2.dct(seen)[:_WAVES, :_WAVES].ravel()[1:] / len(seen)
    slopes = []
    for side in (32, 16, 8):
        small = cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA)
        slopes += [np.log(np.abs(np.diff(small, axis=axis)).mean() + 0.01) for axis in (0, 1)]
    levels = grey(crop).astype(np.float64)
    raw = [*np.percentile(levels, (1, 5, 25, 50, 75, 95, 99)), levels.mean(), levels.std()]
    shape = np.log(crop.shape[0] / crop.shape[1])
    return np.array([*waves, *np.abs(waves), *slopes, *raw, shape], np.float64)


def judge(
    real: Numbers, rendered: Numbers, real_people: Sequence[str], rendered_people: Sequence[str]
) -> Likeness:
    """Tells real and rendered crops apart, each by a classifier that has not seen its person.

    Args:
        real: (M, D) as `describe` has them.
        rendered: (N, D).
        real_people: (M,) whose each is.
        rendered_people: (N,).

    Raises:
        DataError: There are too few people of either kind.
    """
    fewest = min(len(set(real_people)), len(set(rendered_people)))
    if fewest < _FOLDS:
        raise DataError(f"Real and rendered crops are of {_FOLDS} people at least, not {fewest}.")
    is_real = np.repeat([1, 0], [len(real), len(rendered)])
    people = [*(f"real {name}" for name in real_people), *rendered_people]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    odds = cross_val_predict(
        model,
        np.concatenate([real, rendered]),
        is_real,
        groups=people,
        cv=StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0),
        method="decision_function",
    )
    ratio = np.exp(odds[len(real) :]) * (len(rendered) / len(real))
    ratio = np.minimum(ratio / ratio.mean(), _MOST)
    return Likeness(ratio / ratio.mean(), float(roc_auc_score(is_real, odds)))


def effective(weights: Numbers) -> float:
    """How many equal weights tell as much: Kish's effective size of a sample.

    Args:
        weights: (N,), none below zero.
    """
    return float(weights.sum() ** 2 / (weights**2).sum())
