"""The one preprocessing: training caches, evaluation, benchmark and live use all go through it.

The way of a crop: grey conversion, resize, normalisation here, all in whole numbers from 0 to 255;
then, inside the exported graph, net, temperature and sigmoid. What is done here can be done again
in another language, to the bit: see docs/onnx.md.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import CropError
from blink.contract.input_spec import InputSpec
from blink.contract.intelligence import Crop
from blink.runtime.crops import check_crop

ChannelOrder = Literal["rgb", "bgr"]
"""How a crop of three channels holds them; cv2 decodes to `bgr`, everybody else to `rgb`."""

_MANY: Final = 8
"""Crops from which on they are summed up together."""

NOISE: Final = 4.0
"""Variance of two grey levels. Added to every crop's own, it keeps the noise of a blank crop from
being blown up to an eye."""

FINE: Final = 1024
"""Gain and offset are whole numbers of 1/1024: the gain is at most 16, so that gain · level and its
sum with the offset have at most 24 bits and are exact in float32, fused or not."""

_MEAN: Final = 128 * FINE
_DEVIATION: Final = 32 * FINE
"""What `standardise` leaves, in 1024ths; `InputSpec.zero_point` and `scale` undo it."""

_TO_GREY: Final = {"rgb": cv2.COLOR_RGB2GRAY, "bgr": cv2.COLOR_BGR2GRAY}


def grey(crop: Crop, colour: ChannelOrder = "rgb") -> Crop:
    """ITU-R BT.601 luma: (9798 R + 19235 G + 3735 B + 2^14) >> 15, as cv2 computes it.

    Args:
        crop: uint8 (H, W), returned as it is, or (H, W, 3).
        colour: The order of its channels.

    Returns:
        uint8 (H, W).

    Raises:
        CropError: No such order.
    """
    check_order(colour)
    return crop if crop.ndim == 2 else cast(Crop, cv2.cvtColor(crop, _TO_GREY[colour]))


def check_order(colour: str) -> None:
    """Refuses an order of channels that is not known.

    Raises:
        CropError: No such order.
    """
    if colour not in _TO_GREY:
        raise CropError(f"The channels of a crop are 'rgb' or 'bgr', not {colour!r}.")


def resize(crop: Crop, height: int, width: int, out: Crop | None = None) -> Crop:
    """Maps the whole crop onto (height, width).

    The kernel is `area`: the mean over the source area (cv2.INTER_AREA) where no side grows,
    bilinear with half-pixel centres (cv2.INTER_LINEAR) otherwise.

    Args:
        crop: uint8 (H, W) or (H, W, 3).
        height: Rows wanted.
        width: Columns wanted.
        out: Where the result is written, of the shape and type that it has; None for a new array,
            or for the crop itself where its size fits.

    Returns:
        uint8 (height, width) or (height, width, 3).
    """
    tall, wide = crop.shape[:2]
    if tall == height and wide == width:
        if out is None:
            return crop
        out[...] = crop
        return out
    kernel = cv2.INTER_AREA if tall >= height and wide >= width else cv2.INTER_LINEAR
    return cast(Crop, cv2.resize(crop, (width, height), out, interpolation=kernel))


def normalise(pixels: Crop, spec: InputSpec) -> Crop:
    """What a camera's exposure and contrast do to the levels is taken out of them.

    `standardise`: y = (gain · x + offset) / 1024, rounded half to even and cut to 0..255, where,
    with S = Σx and Q = Σx² over all n pixels and channels of the crop,
    gain = 32 · 1024 · n / √(n·Q - S² + 4·n²) and offset = (128 · 1024 · n - S · gain) / n, either
    rounded half to even. All but the two quotients are whole numbers below 2^53. The mean
    becomes 128 and the deviation 32. `unit`: y = x.

    Args:
        pixels: One crop at the net's size, uint8 (H, W) or (H, W, C), contiguous.
        spec: Says which normalisation.

    Returns:
        uint8 of the same shape.
    """
    if spec.normalisation == "unit":
        return pixels
    plane = pixels.reshape(len(pixels), -1)  # one mean for all channels keeps the colour
    return _standardise(plane).reshape(pixels.shape)


def _standardise(plane: Crop, out: Crop | None = None) -> Crop:
    """The formula of `normalise` for (rows, columns), into `out` if there is one."""
    total, squares = cv2.sumElems(plane)[0], cv2.norm(plane, cv2.NORM_L2SQR)
    gain, offset = gain_and_offset(plane.size, total, squares, math.sqrt, round)
    return cast(Crop, cv2.addWeighted(plane, gain / FINE, plane, 0.0, offset / FINE, out))


def gain_and_offset(n: float, total: Any, squares: Any, sqrt: Any, nearest: Any) -> tuple[Any, Any]:
    """In 1024ths, by n values' sum and sum of squares: of one crop, or of each of an array."""
    gain = nearest(_DEVIATION * n / sqrt(n * squares - total * total + NOISE * n * n))
    return gain, nearest((_MEAN * n - total * gain) / n)


def pixels(crop: Crop, spec: InputSpec, colour: ChannelOrder = "rgb") -> Crop:
    """A crop at the net's size and in its colour, not yet normalised: what training caches keep.

    Args:
        crop: A crop as `check_crop` describes it.
        spec: Size and colour of the net's input.
        colour: The order of the crop's channels.

    Returns:
        uint8 (height, width, channels).

    Raises:
        CropError: See `check_crop` and `grey`.
    """
    check_crop(crop)
    if spec.colour == "grey":
        return resize(grey(crop, colour), spec.height, spec.width)[..., None]
    check_order(colour)
    resized = resize(crop, spec.height, spec.width)
    if resized.ndim == 2:
        return np.repeat(resized[..., None], 3, axis=2)
    return resized if colour == "rgb" else np.ascontiguousarray(resized[..., ::-1])


def planes(several: Iterable[Crop], spec: InputSpec) -> NDArray[np.uint8]:
    """Normalises what `pixels` made, or an augmentation of it: the input of the exported graph.

    Args:
        several: uint8 (height, width, channels) each, or an array of them.
        spec: What the net sees.

    Returns:
        uint8 (N, channels, height, width).
    """
    batch = np.array(list(several), np.uint8).reshape(-1, spec.height, spec.width, spec.channels)
    return _normalise_all(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)), spec)


def stack(
    crops: Sequence[Crop], spec: InputSpec, colour: ChannelOrder = "rgb", first: int = 0
) -> NDArray[np.uint8]:
    """The input of the exported graph, from raw crops.

    Args:
        crops: Crops of any size and of either rank, each its own.
        spec: What the net sees.
        colour: The order of the crops' channels.
        first: What errors call the first one's place, where these are a part of all.

    Returns:
        uint8 (N, channels, height, width).

    Raises:
        CropError: See `check_crop` and `grey`; of several crops it says which.
    """
    batch = np.empty((len(crops), *spec.shape), np.uint8)
    for place, (planes, crop) in enumerate(zip(batch, crops, strict=True), first):
        try:
            if spec.colour == "grey":
                resize(grey(check_crop(crop), colour), spec.height, spec.width, planes[0])
            else:
                planes[...] = pixels(crop, spec, colour).transpose(2, 0, 1)
        except CropError as error:
            if first + len(crops) == 1 or colour not in _TO_GREY:  # which is no crop's own fault
                raise
            raise CropError(f"crops[{place}]: {error}") from None
    return _normalise_all(batch, spec)


def _normalise_all(batch: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """`normalise` of each crop, in place; the sums of many crops at once cost far less.

    Args:
        batch: uint8 (N, channels, height, width), contiguous.
        spec: Says which normalisation.
    """
    if spec.normalisation == "unit" or not len(batch):
        return batch
    planes = batch.reshape(len(batch), -1, spec.width)
    if len(planes) < _MANY:
        for plane in planes:
            _standardise(plane, plane)
        return batch
    lines = batch.reshape(-1, spec.width)  # cv2 adds squares up in 32 bits: enough for a line
    total, squares = (
        cv2.reduce(lines, 1, kind, dtype=cv2.CV_64F).reshape(len(batch), -1).sum(axis=1)
        for kind in (cv2.REDUCE_SUM, cv2.REDUCE_SUM2)
    )
    n = planes[0].size
    gain, offset = gain_and_offset(n, total, squares, np.sqrt, np.rint)
    for plane, a, b in zip(planes, (gain / FINE).tolist(), (offset / FINE).tolist(), strict=True):
        cv2.addWeighted(plane, a, plane, 0.0, b, plane)
    return batch
