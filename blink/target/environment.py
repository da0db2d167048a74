"""Where an intelligence lives: what it is shown, what it gives, and what it may cost."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from blink.target.setting import Setting


class Sensor(Setting):
    """The camera.

    Attributes:
        spectrum: What it sees by.
        models: Names of sensors as manifests have them; empty for any.
        eye_width_px: Smallest and largest width of an eye crop, pixels: what distance makes of it.
    """

    spectrum: Literal["ir", "rgb"]
    models: tuple[str, ...] = ()
    eye_width_px: tuple[int, int]

    @field_validator("eye_width_px")
    @classmethod
    def _rises(cls, width: tuple[int, int]) -> tuple[int, int]:
        if not 0 < width[0] <= width[1]:
            raise ValueError("should be the smallest width and the largest one, from 1 pixel up")
        return width


class Input(Setting):
    """What arrives: single images, clips of a length, or a live stream.

    Attributes:
        kind: Which of these.
        fps: Frames a second of a clip or stream; None for images.
        clip_s: Length of a clip, seconds; None for others.
    """

    kind: Literal["image", "clip", "stream"]
    fps: float | None = Field(default=None, gt=0, le=1000)
    clip_s: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "image") != (self.fps is None):
            raise ValueError("a clip or a stream has an `fps`, an image has none")
        if (self.kind == "clip") != (self.clip_s is not None):
            raise ValueError("a clip, and nothing else, has a length `clip_s`")
        return self


class Budget(Setting):
    """What the product can spend on the intelligence, on its own CPU.

    Attributes:
        size_kb: Largest file, thousands of bytes.
        ram_mb: Largest memory of the process that runs it, megabytes.
        latency_ms: Longest time from crop to answer, 99 of 100 times, milliseconds.
    """

    size_kb: float = Field(gt=0)
    ram_mb: float = Field(gt=0)
    latency_ms: float = Field(gt=0)


class Environment(Setting):
    """Everything that surrounds the intelligence.

    Attributes:
        place: Where it is used, in words: light, distance, movement.
        sensor: The camera.
        input: What arrives.
        output: A flag, a probability, or an event with a time.
        cpu: The CPU, in words.
        threads: How many of its threads may be used.
        is_int8_only: Whether an accelerator runs it that takes int8 alone, as most NPUs do.
        saturates: Whether products of eight bits are added up in sixteen, as on x86 without VNNI,
            so that weights may have but seven.
        budget: What may be spent.
    """

    place: str = Field(min_length=1)
    sensor: Sensor
    input: Input
    output: Literal["flag", "probability", "event"]
    cpu: str = Field(min_length=1)
    threads: int = Field(ge=1)
    is_int8_only: bool = False
    saturates: bool = False
    budget: Budget
