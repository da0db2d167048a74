import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from blink.contract import DataError


class ThresholdHeuristic(nn.Module):
    """One number per crop, a feature made by a fixed rule, and a fitted threshold.

    Subclasses define `measure`. Fitting finds where the number separates open from closed, and how
    sharply: logit = scale · (measure - threshold).
    """

    scale: Tensor
    threshold: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(1.0))
        self.register_buffer("threshold", torch.tensor(0.0))

    def measure(self, images: Tensor) -> Tensor:
        """RGB images in [0, 1], float (N, 3, H, W) → one number each, float (N,)."""
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        """RGB images in [0, 1], float (N, 3, H, W) → logits of *closed*, float (N,)."""
        return self.scale * (self.measure(images) - self.threshold)

    def fit(self, images: Tensor, labels: NDArray[np.int64]) -> None:
        """Fits scale and threshold by a balanced logistic regression on the one number.

        Args:
            images: RGB in [0, 1], float (N, 3, H, W), of training people only.
            labels: 1 closed, 0 open; (N,).

        Raises:
            DataError: All are of one class.
        """
        if len(classes := np.unique(labels)) < 2:
            raise DataError(
                f"A heuristic is fitted on open and on closed eyes; {len(labels)} crops have only "
                f"the labels {classes.tolist()}."
            )
        numbers = self.measure(images).numpy().astype(np.float64)[:, None]
        spread = numbers.std() or 1.0
        regression = LogisticRegression(class_weight="balanced").fit(numbers / spread, labels)
        slope = float(regression.coef_[0, 0]) / spread
        self.scale.fill_(slope)
        # A measure that says nothing gets slope 0; it then has no threshold, and p is one half.
        self.threshold.fill_(-float(regression.intercept_[0]) / slope if slope else 0.0)


def luma(images: Tensor) -> Tensor:
    """RGB in [0, 1], (N, 3, H, W) → BT.601 luma, (N, H, W)."""
    return 0.299 * images[:, 0] + 0.587 * images[:, 1] + 0.114 * images[:, 2]


def centre(planes: Tensor) -> Tensor:
    """The middle half of each side, where finders put the eye: (..., H, W) → (..., H/2, W/2)."""
    height, width = planes.shape[-2:]
    return planes[..., height // 4 : height - height // 4, width // 4 : width - width // 4]


def rim_mean(planes: Tensor) -> Tensor:
    """Mean over the top and bottom eighths, which show skin on most crops: (..., H, W) → (...)."""
    band = max(planes.shape[-2] // 8, 1)
    return (planes[..., :band, :].mean((-2, -1)) + planes[..., -band:, :].mean((-2, -1))) / 2
