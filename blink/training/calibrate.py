"""What is fitted after training, on validation people: the calibration and the threshold."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor, nn

from blink.contract import Calibration, InputSpec, OperatingPoint
from blink.latency.slot import giving_way
from blink.models import closed_logits, scale
from blink.runtime.preprocessing import planes


@torch.inference_mode()
def predict_logits(
    net: nn.Module, pixels: NDArray[np.uint8], rows: NDArray[np.int64], spec: InputSpec
) -> NDArray[np.float64]:
    """Logits of *closed* of some of the packed crops, in constant memory.

    Args:
        net: Scaled float (N, C, H, W) → logits (N,), or (N, 2) with openness.
        pixels: Packed crops, uint8 (crops, H, W, C).
        rows: Which of them, by number.
        spec: What the net sees.

    Returns:
        (rows,)
    """
    net.eval()
    parts: list[Tensor] = []
    for start in giving_way(range(0, len(rows), 1024)):
        some = pixels[rows[start : start + 1024]]
        parts.append(closed_logits(net(scale(torch.from_numpy(planes(some, spec)), spec))))
    return torch.cat(parts).numpy().astype(np.float64)


def calibrate(
    logits: NDArray[np.float64], labels: NDArray[np.int64], datasets: NDArray[np.object_]
) -> tuple[Calibration, OperatingPoint]:
    """Fits temperature and offset, then the threshold; every data set and class counts the same.

    Args:
        logits: (N,) of validation people.
        labels: (N,), 1 closed.
        datasets: (N,), the name of the data set of each crop.
    """
    weights = equal_weights(datasets, labels)
    calibration = fit_calibration(logits, labels, weights)
    return calibration, choose_threshold(probabilities(logits, calibration), labels, weights)


def fit_calibration(
    logits: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> Calibration:
    """Temperature and offset of least weighted log loss. Sources: Guo et al. 2017; Platt 1999.

    The targets are Platt's, a little short of 0 and 1, the more the fewer crops there are: where a
    few crops are told apart without a mistake, 0 and 1 would have no best temperature, and no best
    place between the classes for the offset.

    Args:
        logits: (N,) of validation people.
        labels: (N,), 1 closed.
        weights: (N,), so that every data set and class counts the same.
    """
    closed = labels == 1
    target = np.where(closed, _smoothed(weights[closed]), 1 - _smoothed(weights[~closed]))
    share = weights / weights.sum()

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset = found  # of the slope, unlike of the temperature, the loss is convex
        margin = slope * logits + offset
        wrong = share * (expit(margin) - target)
        value = (share * (np.logaddexp(0, margin) - target * margin)).sum()
        # No `@`, whose last digits depend on the threads that BLAS has.
        return float(value), np.array([(wrong * logits).sum(), wrong.sum()])

    limits = [(0.1, 10), (None, None)]
    best = minimize(loss, [1, 0], jac=True, method="L-BFGS-B", bounds=limits, tol=1e-12)
    slope, offset = best.x
    return Calibration(float(1 / slope), float(offset))


def _smoothed(weights: NDArray[np.float64]) -> float:
    """Platt's target of a class: (n + 1) / (n + 2).

    n is how many crops of equal weight would be as certain, by Kish 1965: where a small data set
    counts as much as a large one, the small one says how little is known.
    """
    n = weights.sum() ** 2 / (weights**2).sum()
    return float((n + 1) / (n + 2))


def choose_threshold(
    p_closed: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> OperatingPoint:
    """The threshold of best weighted balanced accuracy, as near to 0.5 as the data allow.

    Balanced accuracy is flat around its top, and a threshold at the edge of that plateau would be
    luck: of all thresholds within a fifth of a point of the best, the one nearest to 0.5 is taken.
    """
    grid = np.linspace(0.02, 0.98, 193)
    closed = labels == 1
    says_closed = p_closed[None, :] >= grid[:, None]
    # No `@` here either.
    recall = (says_closed[:, closed] * weights[closed]).sum(1) / weights[closed].sum()
    specificity = (~says_closed[:, ~closed] * weights[~closed]).sum(1) / weights[~closed].sum()
    score = (recall + specificity) / 2
    good = grid[score >= score.max() - 0.002]
    threshold = float(good[np.argmin(np.abs(good - 0.5))])
    return OperatingPoint(
        round(threshold, 3), "best balanced accuracy on validation people, nearest 0.5"
    )


def equal_weights(groups: NDArray[np.object_], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights that give every (group, class) the same total. (N,), sum 1."""
    _, cell, size = np.unique(
        np.array([f"{group}/{label}" for group, label in zip(groups, labels, strict=True)]),
        return_inverse=True,
        return_counts=True,
    )
    return 1.0 / (size[cell] * len(size))


def probabilities(logits: NDArray[np.float64], calibration: Calibration) -> NDArray[np.float64]:
    """p_closed of logits: (N,) → (N,)."""
    p: NDArray[np.float64] = expit(logits / calibration.temperature + calibration.offset)
    return p
