"""What stands before the first layer, as torch: grey conversion and normalisation.

Written for the graph that ONNX Runtime makes of it. One thread, one 32×32 crop, Zen 4: `rgb @ luma`
took 150 µs and mean, square, root and division 6 µs, more than a net of 30 k parameters; the same
as one convolution and one instance norm take 9 µs together.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, instance_norm

from blink.contract import InputSpec

_LUMA = (9798 / 32768, 19235 / 32768, 3735 / 32768)
"""BT.601 in units of 2^-15: every product and sum is exact in float32, so grey has cv2's bits."""

_NOISE = 4.0
"""Variance of two grey levels. Added to every crop's own, it keeps the noise of a blank crop from
being blown up to an eye."""


def grey(rgb: Tensor) -> Tensor:
    """RGB to luma, bit for bit as `blink.runtime.preprocessing.grey`.

    Args:
        rgb: float (N, H, W, 3), whole numbers from 0 to 255.

    Returns:
        float (N, 1, H, W), whole numbers from 0 to 255.
    """
    _, height, width, _ = rgb.shape
    weight = rgb.new_tensor(_LUMA).reshape(1, 1, 1, 3)
    rows = rgb.reshape(-1, 1, height, 3 * width)  # r g b r g b …: a kernel of three, three apart
    return torch.floor(conv2d(rows, weight, rgb.new_tensor([0.5]), stride=(1, 3)))


def normalise(pixels: Tensor, spec: InputSpec) -> Tensor:
    """Pixels to the net's input.

    Args:
        pixels: float (N, C, H, W), 0 to 255.
        spec: Says which normalisation.

    Returns:
        float (N, C, H, W).
    """
    if spec.normalisation == "unit":
        return pixels / 255
    if spec.channels == 1:
        return instance_norm(pixels, eps=_NOISE)
    _, _, height, width = pixels.shape
    plane = pixels.reshape(-1, 1, 3 * height, width)  # one mean for all channels keeps the colour
    return instance_norm(plane, eps=_NOISE).reshape(-1, 3, height, width)
