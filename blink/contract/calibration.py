import sys
from dataclasses import dataclass

from blink.contract.errors import ConfigError
from blink.contract.record import Record, is_number


@dataclass(frozen=True, slots=True)
class Calibration(Record):
    """p_closed = sigmoid(logit / temperature + offset), fitted after training on validation people.

    The temperature is how sure the net may be, the offset where it is undecided. Sources: Guo et
    al. 2017, "On Calibration of Modern Neural Networks"; the offset is Platt's, 1999.

    Attributes:
        temperature: Above zero; 1 leaves the logits alone, more makes the net less sure.
        offset: 0 leaves p = 0.5 where it is, more says *closed* sooner.

    Raises:
        ConfigError: The temperature is not a finite number above zero, or the offset none.
    """

    temperature: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        value: object = self.temperature  # from JSON it may be anything
        if not is_number(value) or not 0 < value <= sys.float_info.max:
            raise ConfigError(f"Temperature must be a finite number above 0, not {value!r}.")
        offset: object = self.offset
        if not is_number(offset) or not abs(offset) <= sys.float_info.max:
            raise ConfigError(f"The offset must be a finite number, not {offset!r}.")
