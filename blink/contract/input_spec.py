from dataclasses import dataclass
from typing import Literal

from blink.contract.errors import ConfigError
from blink.contract.record import Record

Colour = Literal["grey", "rgb"]
Normalisation = Literal["unit", "standardise"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "colour": ("grey", "rgb"),
    "crop_rule": ("stretch",),
    "kernel": ("area",),
    "normalisation": ("unit", "standardise"),
}


@dataclass(frozen=True, slots=True)
class InputSpec(Record):
    """What the net sees: everything between the raw crop and the first layer.

    Attributes:
        height: Height of the net's input in pixels.
        width: Width of the net's input in pixels.
        colour: `grey` (ITU-R BT.601 luma, rounded to whole numbers) or `rgb`.
        crop_rule: `stretch`: the whole crop is mapped onto the input, whatever its aspect.
        kernel: `area`: the mean over the source area where no side grows, else bilinear.
        normalisation: `standardise`: mean 128 and deviation 32 within each crop, so that exposure
            and contrast of a camera drop out; the net sees (y - 128) / 32. `unit`: the levels as
            they are; the net sees y / 255. See `blink.runtime.preprocessing.normalise`.

    Raises:
        ConfigError: A value is outside of what is listed above.
    """

    height: int = 32
    width: int = 32
    colour: Colour = "grey"
    crop_rule: Literal["stretch"] = "stretch"
    kernel: Literal["area"] = "area"
    normalisation: Normalisation = "standardise"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"InputSpec.{name} is {getattr(self, name)!r}; choose one of {choices}."
                )
        for name in ("height", "width"):
            size = getattr(self, name)
            if type(size) is not int or not 8 <= size <= 256:
                raise ConfigError(
                    f"InputSpec.{name} is {size!r}; it must be a whole number from 8 to 256."
                )

    @property
    def channels(self) -> int:
        """Channels that the net sees: 1 for grey, 3 for RGB."""
        return 1 if self.colour == "grey" else 3

    @property
    def zero_point(self) -> int:
        """The level, 0 to 255, that the net sees as 0."""
        return 128 if self.normalisation == "standardise" else 0

    @property
    def scale(self) -> float:
        """What one level is to the net: it sees (level - zero_point) · scale."""
        return 1 / 32 if self.normalisation == "standardise" else 1 / 255

    @property
    def shape(self) -> tuple[int, int, int]:
        """One crop as the graph takes it: (channels, height, width)."""
        return self.channels, self.height, self.width

    @property
    def key(self) -> str:
        """Name of the pixels that this spec produces; normalisation happens after them."""
        return f"{self.height}x{self.width}-{self.colour}-{self.crop_rule}-{self.kernel}"
