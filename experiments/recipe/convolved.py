"""Random convolutions: of a picture's texture its shapes alone are left. Source: Xu et al. 2021."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn.functional import conv2d, pad

from blink.data.camera.drawn import sample_span
from blink.data.camera.transform import Shape, Transform

_SIDE = 5


@dataclass(frozen=True)
class Convolved:
    """Each crop by a random kernel of 3×3 or 5×5 of its own, mixed with the crop as it was.

    Attributes:
        share: Of the crops that it is applied to.
        most: Largest share of the convolution in the mixture.
    """

    share: float = 0.5
    most: float = 1.0

    def __call__(self, rng: np.random.Generator, shape: Shape) -> list[Transform]:
        """See `Step`."""
        span = sample_span(rng, shape.crops, self.share)
        count = span.crops
        small = np.zeros((_SIDE, _SIDE), np.float32)
        small[1:4, 1:4] = 1
        side = np.where(rng.random(count) < 0.5, 3, 5)
        mask = np.where((side == 3)[:, None, None], small, np.float32(1))
        kernels = rng.standard_normal((count, _SIDE, _SIDE), np.float32) * mask
        kernels /= side[:, None, None].astype(np.float32)
        mixed = (self.most * rng.random(count, np.float32))[:, None, None]
        kernels *= mixed
        kernels[:, 2, 2] += 1 - mixed[:, 0, 0]
        return [Transform(_convolve, span, (kernels[:, None],))]


def _convolve(levels: Tensor, kernels: Tensor) -> Tensor:
    count, channels, height, width = levels.shape
    middle = levels.mean((2, 3), keepdim=True)
    padded = pad(levels - middle, (2, 2, 2, 2), mode="replicate")
    flat = padded.reshape(1, count * channels, height + 4, width + 4)
    out = conv2d(flat, kernels, groups=count).view(count, channels, height, width)
    # As large a contrast as before: the camera's next steps work on levels.
    wanted = levels.std((2, 3), keepdim=True)
    out = out / (out.std((2, 3), keepdim=True) + 1e-3) * wanted
    return out.add_(middle).clamp_(0, 255)
