"""How little a picture looks like an eye: a small net, run by numpy, on edges and pixels."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import ConfigError
from blink.contract.intelligence import Crop
from blink.contract.record import is_number
from blink.runtime.preprocessing import NOISE

SIDE: Final = 32
"""Pixels: a crop is looked at in grey and at this size, whatever the net's own."""
_COARSE: Final = 16
_HOG: Final = ((SIDE, SIDE), (16, 16), (8, 8), (8, 8), 9)
EDGES: Final = 324
FEATURES: Final = EDGES + _COARSE * _COARSE
_EDGE_GAIN, _PIXEL_GAIN = np.float32(3.0), np.float32(0.5)  # both kinds weigh about the same
_MOST_UNITS: Final = 256

Features = NDArray[np.float32]
"""(`FEATURES`,) of one crop, or (N, `FEATURES`)."""


def features(small: Crop) -> Features:
    """What the strangeness is computed from: edges and pixels, freed of exposure and contrast.

    Args:
        small: Grey, uint8 (32, 32).

    Returns:
        (`FEATURES`,): its `edges`, then 16×16 pixels of mean 0 and deviation 1.
    """
    coarse = cv2.resize(small, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA)
    pixels = coarse.astype(np.float32).ravel()
    pixels -= pixels.mean()
    pixels *= _PIXEL_GAIN / np.sqrt(np.float32(pixels @ pixels / pixels.size + NOISE))
    return np.concatenate([edges(small) * _EDGE_GAIN, pixels])


def edges(small: Crop) -> NDArray[np.float32]:
    """The histograms of oriented gradients of a grey picture, uint8 (32, 32): float32 (`EDGES`,).

    Source: Dalal and Triggs 2005, as cv2 computes it.
    """
    # A descriptor of cv2 is not to be shared by threads; a new one costs nothing.
    return np.asarray(cv2.HOGDescriptor(*_HOG).compute(small), np.float32).ravel()


@dataclass(frozen=True, eq=False)
class Strangeness:
    """Two layers: features → ReLU → log odds that this is no eye.

    Attributes:
        weights: (units, `FEATURES`) whole numbers, int8.
        scales: (units,) float32: what the whole numbers of each unit are multiplied by.
        bias: (units,) float32.
        out: (units,) float32.
        out_bias: Of the sum.
        matrix: The first layer in floats, ready to be multiplied.

    Raises:
        ConfigError: The shapes do not go together, or a number is not finite.
    """

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: float
    matrix: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        units = len(self.out)
        shapes = [part.shape for part in (self.weights, self.scales, self.bias, self.out)]
        if shapes != [(units, FEATURES), (units,), (units,), (units,)] or not units:
            raise ConfigError(f"A strangeness of {units} units has parts of the shapes {shapes}.")
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused below
            matrix = self.weights * self.scales[:, None]
        parts = (matrix, self.bias, self.out, self.out_bias)
        if not all(np.isfinite(part).all() for part in parts):
            raise ConfigError("A strangeness holds numbers that are not finite.")
        object.__setattr__(self, "matrix", matrix)

    def score(self, one: Features) -> float:
        """The log odds of one crop's features; the higher, the less they look like an eye's."""
        hidden = np.maximum(self.matrix @ one + self.bias, 0)
        return float(self.out @ hidden + self.out_bias)

    @classmethod
    def of_floats(
        cls,
        weights: NDArray[np.float32],
        bias: NDArray[np.float32],
        out: NDArray[np.float32],
        out_bias: float,
    ) -> Self:
        """Rounds the first layer, nearly all of the numbers, to a byte each."""
        scales = np.maximum(np.abs(weights).max(axis=1), 1e-12).astype(np.float32) / np.float32(127)
        whole = np.rint(weights / scales[:, None]).astype(np.int8)
        return cls(whole, scales, bias.astype(np.float32), out.astype(np.float32), float(out_bias))

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON-ready values: arrays as base64 of their little-endian bytes."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return {
            "units": len(self.out),
            **{
                name: base64.b64encode(array.astype(_ARRAYS[name]).tobytes()).decode()
                for name, array in arrays.items()
            },
            "out_bias": self.out_bias,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The score from `to_dict`'s values.

        Raises:
            ConfigError: An entry is missing, unknown, or not of the size that `units` says.
        """
        if not isinstance(values, dict) or values.keys() != {"units", "out_bias", *_ARRAYS}:
            raise ConfigError("inspection.strangeness has not the entries that it should have.")
        units, out_bias = values["units"], values["out_bias"]
        if type(units) is not int or not 1 <= units <= _MOST_UNITS or not is_number(out_bias):
            raise ConfigError(f"inspection.strangeness has {units!r} units, bias {out_bias!r}.")
        shapes = dict.fromkeys(_ARRAYS, (units,)) | {"weights": (units, FEATURES)}
        arrays = {name: _decoded(name, values[name], shapes[name]) for name in _ARRAYS}
        return cls(**arrays, out_bias=float(out_bias))


_ARRAYS: Final = {"weights": "<i1", "scales": "<f4", "bias": "<f4", "out": "<f4"}


def _decoded(name: str, text: object, shape: tuple[int, ...]) -> NDArray[Any]:
    """An array from its base64; its own memory, in the machine's byte order."""
    kind = np.dtype(_ARRAYS[name])
    try:
        data = base64.b64decode(cast(str, text), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ConfigError(f"inspection.strangeness.{name} is no base64 ({error}).") from error
    if len(data) != kind.itemsize * int(np.prod(shape)):
        raise ConfigError(f"inspection.strangeness.{name} holds {len(data)} bytes, not {shape}.")
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))
