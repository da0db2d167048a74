from dataclasses import dataclass

from blink.contract.errors import ConfigError
from blink.contract.record import Record


@dataclass(frozen=True, slots=True)
class OperatingPoint(Record):
    """From a probability to a decision: an eye counts as closed where p_closed >= threshold.

    Attributes:
        threshold: In (0, 1). Chosen on validation people, then frozen.
        rule: How the threshold was chosen, in words.

    Raises:
        ConfigError: The threshold is not strictly between 0 and 1.
    """

    threshold: float = 0.5
    rule: str = "fixed"

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ConfigError(f"Threshold must be strictly between 0 and 1, not {self.threshold}.")
