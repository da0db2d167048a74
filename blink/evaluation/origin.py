"""What an intelligence says of the people from whom it learnt."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

from blink.contract import DataError
from blink.data.split import Split

log = logging.getLogger(__name__)

_DATA = re.compile(r"(?P<names>.+) \([0-9a-f]{16}\)")
_PEOPLE = re.compile(
    r"(?P<count>\d+) (?:people|person): (?P<names>.+?)(?:, tested on sensor .+ alone)?"
)
_LEAKY = "LEAKY "


@dataclass(frozen=True)
class Origin:
    """The data sets of a training, and who of their people was kept out of it.

    Attributes:
        datasets: Their names, one with a comma in parts; None where the intelligence does not say.
        split: Fingerprint of the split; None where it does not say.
        is_leaky: Whether crops were dealt out instead of people, so that it knows everybody.
        held_out: Data set → its test people in words, see `Split.held_out`.
        people: `val` and `test`, each: data set → hash over those people, see `Split.people_hash`.
        everybody: Hash over all of them together, see `Split.held_out_hash`.
    """

    datasets: tuple[str, ...] | None = None
    split: str | None = None
    is_leaky: bool = False
    held_out: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    everybody: str | None = None

    @classmethod
    def of_provenance(cls, provenance: Mapping[str, Any]) -> Self:
        """What a bundle's provenance says; entries that say it in another way say nothing."""
        data = _DATA.fullmatch(str(provenance.get("data")))
        split = str(provenance.get("split", ""))
        return cls(
            datasets=tuple(data["names"].split(", ")) if data else None,
            split=split.removeprefix(_LEAKY) or None,
            is_leaky=split.startswith(_LEAKY),
            held_out=_mapping(provenance.get("held_out")),
            people={role: _mapping(provenance.get(f"{role}_people")) for role in ("val", "test")},
            everybody=provenance.get("held_out_people"),
        )

    def names_held_out(self, dataset: str) -> set[str]:
        """The test people of a data set as far as they are named: a long list is only counted.

        Where names hold commas there are more parts than people; nobody knows who is who then.
        """
        named = _PEOPLE.fullmatch(self.held_out.get(dataset, ""))
        names = named["names"].split(", ") if named else []
        return set(names) if named and len(names) == int(named["count"]) else set()

    def is_of(self, split: Split) -> bool:
        """Whether it is by this split that people were held out of the training."""
        return self.split == split.fingerprint or self.everybody == split.held_out_hash

    def split_in(self, folder: Path) -> Split | None:
        """The split of this training, else one that held the same people out, if one is cached.

        Args:
            folder: Where collections keep splits, `splits` in the cache; what is none is left out,
                with a warning.
        """
        kept = (_parsed(path) for path in sorted(folder.glob("*.csv")))
        found = [split for split in kept if split is not None and self.is_of(split)]
        return min(found, key=lambda split: split.fingerprint != self.split, default=None)


@cache  # of one path once for all models and data sets
def _parsed(path: Path) -> Split | None:
    try:
        return Split.parse(path)
    except DataError as error:
        log.warning("%s It is left out.", error)
        return None


def _mapping(value: object) -> dict[str, str]:
    return dict(value) if isinstance(value, Mapping) else {}
