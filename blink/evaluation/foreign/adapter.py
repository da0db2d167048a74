"""What has to be said of a foreign model so that eye crops can be put to it: one YAML file."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from blink.contract import ConfigError
from blink.target.faults import tell_faults
from blink.target.fields import load_fields, plain_fields
from blink.target.setting import Setting

ENDINGS = (".yaml", ".yml")


class Picture(Setting):
    """From a crop to the graph's input.

    The way: margin, then fit, then resize, then colour, then x = (pixel / scale - mean) / std.

    Attributes:
        height: Rows that the graph takes.
        width: Columns that it takes.
        colour: Its channels; `grey` is one, by ITU-R BT.601. A grey crop has three equal ones.
        layout: `nchw` or `nhwc`, (N, C, H, W) or (N, H, W, C).
        margin: Share of the crop's sides that is added on each side, by repeating the edge, or cut
            off where it is below 0: what its makers' eye finder leaves around an eye.
        fit: `stretch` maps the whole crop onto the input; `centre` first cuts the largest part of
            the input's aspect from its middle; `pad` first adds black borders up to that aspect.
        kernel: Of cv2's resize.
        dtype: What the graph takes; `uint8` takes pixels as they are.
        scale: What pixels, 0 to 255, are divided by.
        mean: Is taken off; one number, or one for each channel in the order of `colour`.
        std: Divides; one number, or one for each channel.
    """

    height: int = Field(ge=8, le=1024)
    width: int = Field(ge=8, le=1024)
    colour: Literal["rgb", "bgr", "grey"]
    layout: Literal["nchw", "nhwc"] = "nchw"
    margin: float = Field(default=0.0, gt=-0.5, le=2)
    fit: Literal["stretch", "centre", "pad"] = "stretch"
    kernel: Literal["area", "linear", "cubic", "nearest"] = "linear"
    dtype: Literal["float32", "float16", "uint8"] = "float32"
    scale: float = Field(default=255.0, gt=0)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    @property
    def channels(self) -> int:
        """1 for grey, 3 else."""
        return 1 if self.colour == "grey" else 3

    @field_validator("mean", "std", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (int, float)) else value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, self.channels):
                raise ValueError(f"`{name}` is one number, or {self.channels} for {self.colour}")
        if min(self.std) <= 0:
            raise ValueError("`std` divides; it must be above 0")
        said = self.model_fields_set & {"scale", "mean", "std"}
        if self.dtype == "uint8" and said:
            raise ValueError(f"uint8 takes pixels as they are; leave {', '.join(sorted(said))} out")
        return self


class Answer(Setting):
    """From the graph's output to p_closed.

    Attributes:
        name: Of the output; may be left out where the graph has but one.
        activation: What turns the values into probabilities; `none` where they are some already.
        index: Which of an output's several values is meant, from 0; None for a single value.
        says: Whether that value stands for closed or for open.
    """

    name: str | None = None
    activation: Literal["none", "sigmoid", "softmax"] = "none"
    index: int | None = Field(default=None, ge=0)
    says: Literal["closed", "open"]


class Adapter(Setting):
    """A foreign model and how it is used.

    Attributes:
        model: The ONNX file; where the path is relative, it starts at the adapter's folder.
        name: What the tables call it.
        precision: `fp32`, `int8`.
        input: From a crop to the graph.
        output: From the graph to p_closed.
        threshold: Closed where p_closed >= threshold; the peer's own.
        trained_on: Data sets, by the names that they have here, whose people it may know; None
            where nobody knows what it was trained on.
        source: Where all this is documented.
    """

    model: Path
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    precision: str = Field(default="fp32", pattern=r"^[a-z0-9]+$")
    input: Picture
    output: Answer
    threshold: float = Field(default=0.5, gt=0, lt=1)
    trained_on: tuple[str, ...] | None = None
    source: str | None = None


def read_adapter(path: Path) -> Adapter:
    """Reads an adapter and finds its model.

    Raises:
        ConfigError: It is missing, no YAML, or says something that cannot be; each fault is named
            with its place. Or there is no such model.
    """
    said = plain_fields(load_fields(path), str(path))
    try:
        adapter = Adapter.model_validate(said)
    except ValidationError as error:
        faults = "\n".join(f"  {fault}" for fault in tell_faults(error, Adapter))
        raise ConfigError(
            f"{path} is no adapter:\n{faults}\ndocs/evaluation.md says what an adapter holds."
        ) from error
    model = path.parent / adapter.model
    if not model.is_file():
        raise ConfigError(
            f"{path} names the model {adapter.model}, but {model} is missing. Put it there, or "
            "correct `model`."
        )
    return adapter.model_copy(update={"model": model})
