"""Rules that say which people of a data set are kept for the test."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from blink.contract import ConfigError


@dataclass(frozen=True)
class Named:
    """Test people by name; each must exist.

    Attributes:
        subjects: Their names as in the manifest's column `subject`.
    """

    subjects: Sequence[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(str(name) for name in self.subjects))

    def holds(self, subject: str) -> bool:
        """Whether this person is a test person."""
        return subject in self.subjects


@dataclass(frozen=True)
class Hashed:
    """Test people by the hash of their name, so that nobody changes sides as a data set grows.

    Attributes:
        modulus: One person in so many is a test person.
        remainder: Those with sha256(name) mod modulus equal to this.

    Raises:
        ConfigError: Not 0 <= remainder < modulus, or a modulus below 2.
    """

    modulus: int
    remainder: int = 0

    def __post_init__(self) -> None:
        if self.modulus < 2 or not 0 <= self.remainder < self.modulus:
            raise ConfigError(
                f"{self}: the modulus must be 2 or more, the remainder from 0 to modulus - 1."
            )

    def holds(self, subject: str) -> bool:
        """Whether this person is a test person."""
        return name_hash(subject) % self.modulus == self.remainder


def name_hash(name: str) -> int:
    """sha256 of a name as a whole number, the same on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)
