from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from blink.contract import ConfigError
from blink.contract.record import is_number
from blink.export.search.candidate import Recipe
from blink.export.search.gate import Gate
from blink.export.search.recipes import Float32, Static


@dataclass(frozen=True)
class Plan:
    """Which candidates an export makes, and by what it chooses; one file in `conf/export`.

    Attributes:
        recipes: In this order; the first is fp32, and some look at the candidates before them.
        calibration_crops: Training crops that set the ranges of the activations; 0 for none.
        learning_crops: Training crops for quantisation-aware training; 0 for none.
        gate: What a candidate may lose.
        margin: Latencies and sizes that are this share apart count as equal.
        lists_sensitivity: Whether each layer is rounded alone, to say what that costs.

    Raises:
        ConfigError: The first recipe is not fp32, a name stands twice, or a number is none.
    """

    recipes: Sequence[Recipe]
    calibration_crops: int = 0
    learning_crops: int = 0
    gate: Gate = field(default_factory=Gate)
    margin: float = 0.03
    lists_sensitivity: bool = False

    def __post_init__(self) -> None:
        names = [recipe.name for recipe in self.recipes]
        if not names or self.recipes[0].precision != "fp32" or len(set(names)) < len(names):
            raise ConfigError(
                f"The export's recipes are {names}: the first must be fp32, by which the others "
                "are judged, and each needs a name of its own."
            )
        counts: list[object] = [self.calibration_crops, self.learning_crops]
        if not all(type(count) is int and count >= 0 for count in counts):
            raise ConfigError(
                "The export's calibration_crops and learning_crops must be whole numbers from 0, "
                f"not {counts}."
            )
        if not (is_number(self.margin) and self.margin >= 0):
            raise ConfigError(f"The export's margin must be a number from 0, not {self.margin!r}.")

    @classmethod
    def short(cls) -> Self:
        """fp32, and int8 per channel beside it."""
        return cls([Float32(), Static()])
