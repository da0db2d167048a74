from dataclasses import asdict
from typing import Any, ClassVar, Self, TypeGuard

from blink.contract.errors import ConfigError


class Record:
    """Base of the small frozen dataclasses that travel as JSON."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The record from `to_dict`'s values.

        Raises:
            ConfigError: A key is missing or not known, or a value is out of its range.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError(f"This is no {cls.__name__}: {values!r} ({error}).") from error


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number as JSON has it; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
