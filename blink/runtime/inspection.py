"""Whether a crop is worth an answer, so that a product can ask for another instead of guessing."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from blink.contract.errors import ConfigError
from blink.contract.intelligence import Crop
from blink.contract.record import Record, is_number
from blink.runtime.crops import SMALLEST_SIDE, check_pixels
from blink.runtime.preprocessing import (
    ChannelOrder,
    check_order,
    grey,
    resize,
)
from blink.runtime.strangeness import SIDE, Strangeness, features

Reason = Literal["too small", "blank", "saturated", "blurred", "not an eye"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""In the order in which they are looked for; the first that holds is given."""

DARK, BRIGHT = 2, 253
"""Grey levels up to which a pixel counts as black, and from which as white: what a sensor clips."""

_ROUNDING: Final = 20 / 12
"""Variance that rounding, which has one of 1/12, puts into the Laplacian (1, 1, -4, 1, 1).

Not taken off, it hides the blur of pale pictures: of MRL's eyes, smeared over a tenth of their
width, none would be told from CEW's sharp ones.
"""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found of one crop.

    All but `side` is measured on the grey crop at 32×32 pixels, so that sizes can be compared; None
    where the crop is too small to measure anything.

    Attributes:
        reason: Why it should not be answered; None where it is usable.
        side: Its shorter side, pixels.
        contrast: Standard deviation, grey levels.
        clipped: Share of black and white pixels, see `DARK` and `BRIGHT`.
        sharpness: Variance of the Laplacian, less what rounding to whole grey levels puts into it,
            over that of the pixels; 0 of an even picture.
        strangeness: Log odds that it is no eye; None where the bundle holds no such score.
    """

    reason: Reason | None
    side: int
    contrast: float | None = None
    clipped: float | None = None
    sharpness: float | None = None
    strangeness: float | None = None

    @property
    def usable(self) -> bool:
        """Whether the intelligence was made for such a crop."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Limits(Record):
    """From where on a crop is refused.

    The first four defaults are where the net of release 0.1 had lost five points of balanced
    accuracy on spoilt crops of the real archives' test people, by experiments/inspection. A bundle
    may hold looser ones, where eyes of its own validation people lie beyond.

    Attributes:
        side: A shorter side of fewer pixels is too small.
        contrast: Less is blank.
        clipped: More is saturated.
        sharpness: Less is blurred.
        strangeness: More is not an eye.

    Raises:
        ConfigError: A limit is no finite number, or `side` less than the contract's 8 pixels.
    """

    side: int = 9
    contrast: float = 0.7
    clipped: float = 0.4
    sharpness: float = 0.014
    strangeness: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value: object = getattr(self, name)  # from JSON it may be anything
            if not is_number(value) or not np.isfinite(value):
                raise ConfigError(f"inspection.limits.{name} is {value!r}, which is no number.")
        if type(self.side) is not int or self.side < SMALLEST_SIDE:
            raise ConfigError(
                f"inspection.limits.side is {self.side!r}; it must be a whole number from "
                f"{SMALLEST_SIDE} up."
            )


@dataclass(frozen=True)
class Inspector:
    """Looks at crops before they are answered; what `bundle.json` keeps as `inspection`.

    Attributes:
        limits: From where on a crop is refused.
        strangeness: The score behind *not an eye*; None where nobody fitted one: then that reason
            is never given.
        fitted: What the limits were fitted on and at which rate of false alarms, JSON-ready; empty
            where they are the defaults.
    """

    limits: Limits = field(default_factory=Limits)
    strangeness: Strangeness | None = None
    fitted: dict[str, Any] = field(default_factory=dict)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons that this one can give."""
        return REASONS if self.strangeness is not None else REASONS[:-1]

    def inspect(self, crop: Crop, colour: ChannelOrder = "rgb") -> Inspection:
        """Looks at one crop.

        Args:
            crop: uint8 (H, W) or (H, W, 3), of any size.
            colour: The order of its channels.

        Raises:
            CropError: It is no array, of another type or rank, or there is no such order.
        """
        check_pixels(crop)
        check_order(colour)
        side = min(crop.shape[:2])
        if side < self.limits.side:
            return Inspection("too small", side)
        small = resize(grey(np.ascontiguousarray(crop), colour), SIDE, SIDE)
        variance = _variance(small)
        edges = max(0.0, _variance(cv2.Laplacian(small, cv2.CV_16S)) - _ROUNDING)
        contrast = variance**0.5
        clipped = int(np.count_nonzero((small <= DARK) | (small >= BRIGHT))) / small.size
        sharpness = edges / variance if variance > 0 else 0.0
        score = None if self.strangeness is None else self.strangeness.score(features(small))
        reason = self._judge(contrast, clipped, sharpness, score)
        return Inspection(reason, side, contrast, clipped, sharpness, score)

    def _judge(
        self, contrast: float, clipped: float, sharpness: float, strangeness: float | None
    ) -> Reason | None:
        if contrast < self.limits.contrast:
            return "blank"
        if clipped > self.limits.clipped:
            return "saturated"
        if sharpness < self.limits.sharpness:
            return "blurred"
        # A bundle's numbers may be so large that their sum is none: NaN is above no limit.
        if strangeness is not None and not strangeness <= self.limits.strangeness:
            return "not an eye"
        return None

    def to_dict(self) -> dict[str, Any]:
        """What `bundle.json` keeps, JSON-ready."""
        score = None if self.strangeness is None else self.strangeness.to_dict()
        return {"limits": self.limits.to_dict(), "strangeness": score, "fitted": self.fitted}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inspector from `to_dict`'s values; from {} the one that knows no strangers.

        Raises:
            ConfigError: An entry is missing, unknown or out of its range.
        """
        if values == {}:
            return cls()
        if not isinstance(values, dict) or values.keys() != {"limits", "strangeness", "fitted"}:
            raise ConfigError("inspection has not the entries `limits`, `strangeness`, `fitted`.")
        limits, score, fitted = values["limits"], values["strangeness"], values["fitted"]
        if not isinstance(limits, dict) or not isinstance(fitted, dict):
            raise ConfigError("inspection.limits and inspection.fitted must be objects.")
        return cls(
            Limits.from_dict(limits),
            None if score is None else Strangeness.from_dict(score),
            fitted,
        )


def _variance(plane: NDArray[Any]) -> float:
    _, deviation = cv2.meanStdDev(plane)
    return float(deviation[0, 0]) ** 2
