import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from blink.heuristics.threshold import ThresholdHeuristic, centre, rim_mean


class Colour(ThresholdHeuristic):
    """Eye-coloured against skin-coloured pixels.

    The rim of the crop shows this person's skin under this light. Sclera, iris and pupil have less
    red in them; a closed lid is skin again. On a grey crop this heuristic has no opinion.
    """

    def measure(self, images: Tensor) -> Tensor:
        """Mean redness of the centre less that of the rim; high (near 0) for closed."""
        redness = (images[:, 0] - images[:, 2]) / (images.sum(1) + 0.05)
        return centre(redness).mean((1, 2)) - rim_mean(redness)

    def fit(self, images: Tensor, labels: NDArray[np.int64]) -> None:
        """Fits on the coloured crops; unless both classes are there, each crop stays at p = 0.5."""
        coloured = _is_coloured(images)
        known = labels[coloured.numpy()]
        if len(np.unique(known)) == 2:
            super().fit(images[coloured], known)
        else:
            self.scale.fill_(0.0)

    def forward(self, images: Tensor) -> Tensor:
        """RGB images in [0, 1] → logits of *closed*; 0 (p = 0.5) for a grey crop."""
        return super().forward(images) * _is_coloured(images)


def _is_coloured(images: Tensor) -> Tensor:
    """Which RGB images, (N, 3, H, W), are more than grey: bool (N,)."""
    saturation = (images.amax(1) - images.amin(1)).mean((1, 2))
    return saturation > 0.01
