import math
from dataclasses import dataclass

from blink.contract.errors import ConfigError
from blink.contract.record import Record, is_number


@dataclass(frozen=True, slots=True)
class Calibration(Record):
    """Temperature scaling: p_closed = sigmoid(logit / temperature).

    Fitted after training on validation people. Source: Guo et al. 2017, "On Calibration of Modern
    Neural Networks".

    Attributes:
        temperature: Above zero; 1 leaves the logits alone, more makes the net less sure.

    Raises:
        ConfigError: The temperature is not a finite number above zero.
    """

    temperature: float = 1.0

    def __post_init__(self) -> None:
        value: object = self.temperature  # from JSON it may be anything
        if not is_number(value) or not (math.isfinite(value) and value > 0):
            raise ConfigError(f"Temperature must be a finite number above 0, not {value!r}.")
