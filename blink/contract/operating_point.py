from dataclasses import dataclass

from blink.contract.errors import ConfigError
from blink.contract.record import Record, is_number


@dataclass(frozen=True, slots=True)
class OperatingPoint(Record):
    """From a probability to a decision: an eye counts as closed where p_closed >= threshold.

    Attributes:
        threshold: In (0, 1). Chosen on validation people, then frozen.
        rule: How the threshold was chosen, in words.

    Raises:
        ConfigError: The threshold is not strictly between 0 and 1, or the rule no text.
    """

    threshold: float = 0.5
    rule: str = "fixed"

    def __post_init__(self) -> None:
        value: object = self.threshold  # from JSON it may be anything
        if not is_number(value) or not 0 < value < 1:
            raise ConfigError(
                f"Threshold must be a number strictly between 0 and 1, not {value!r}."
            )
        rule: object = self.rule
        if not isinstance(rule, str):
            raise ConfigError(f"The threshold's rule must be a text, not {rule!r}.")
