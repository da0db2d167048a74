"""What can be counted in a data set, in one pass and in constant memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as arrow

from blink.contract.attributes import VOCABULARY
from blink.contract.labels import NAMES
from blink.data.manifest import Manifest

_SIZES = ("width", "height")
_COUNTED = (*VOCABULARY, "licence", "label_source", *_SIZES)
UNLABELLED = "unlabelled"
"""Name of the class of those crops whose label is not known."""


@dataclass(frozen=True)
class Facts:
    """Counts of one data set within a manifest.

    Attributes:
        name: Of the data set.
        groups: (person, label) → crops; a person or a label that is not known is None.
        values: Column → value → crops, for the attributes, `licence`, `label_source`, `width` and
            `height`; None counts what is missing.
        openness: Lowest and highest; None where it is never known.
        with_openness: Number of crops whose openness is known.
    """

    name: str
    groups: Mapping[tuple[str | None, int | None], int]
    values: Mapping[str, Mapping[Any, int]]
    openness: tuple[float, float] | None
    with_openness: int

    @property
    def crops(self) -> int:
        """Number of crops."""
        return sum(self.groups.values())

    @property
    def people(self) -> int:
        """Number of people who are known."""
        return len(self.per_person)

    @property
    def unknown(self) -> int:
        """Number of crops whose person is not known."""
        return sum(crops for (person, _), crops in self.groups.items() if person is None)

    @cached_property
    def per_person(self) -> dict[str, int]:
        """Person → crops, those who are known."""
        counts: Counter[str] = Counter()
        for (person, _), crops in self.groups.items():
            if person is not None:
                counts[person] += crops
        return dict(counts)

    @property
    def spread(self) -> tuple[int, int, int] | None:
        """Fewest, median and most crops of one person; None where people are not known."""
        return _spread(Counter(self.per_person.values()))

    @cached_property
    def labels(self) -> dict[str, int]:
        """`open`, `closed` and `unlabelled` → crops."""
        counts = dict.fromkeys((*NAMES, UNLABELLED), 0)
        for (_, label), crops in self.groups.items():
            counts[UNLABELLED if label is None else NAMES[label]] += crops
        return counts

    @property
    def one_sided(self) -> int:
        """Number of people with labelled crops of one class only."""
        classes: dict[str, set[int]] = {}
        for person, label in self.groups:
            if person is not None and label is not None:
                classes.setdefault(person, set()).add(label)
        return sum(len(found) == 1 for found in classes.values())

    def size(self, side: str) -> tuple[int, int, int]:
        """Smallest, median and largest `width` or `height` in pixels."""
        spread = _spread(self.values[side])
        return (0, 0, 0) if spread is None else spread

    def to_json(self) -> dict[str, Any]:
        """JSON-ready summary."""
        attributes = {
            name: {str(v): n for v, n in self.values[name].items() if v is not None}
            | {"missing": self.values[name].get(None, 0)}
            for name in VOCABULARY
        }
        return {
            "crops": self.crops,
            "people": self.people,
            "crops_of_unknown_people": self.unknown,
            "crops_per_person": self.spread,
            "people_of_one_class": self.one_sided,
            "labels": self.labels,
            "label_sources": dict(self.values["label_source"]),
            "licences": dict(self.values["licence"]),
            "width": self.size("width"),
            "height": self.size("height"),
            "attributes": attributes,
            "openness": {"range": self.openness, "missing": self.crops - self.with_openness},
        }


def count(manifest: Manifest) -> list[Facts]:
    """Counts every data set of a manifest, in the order of their first crop."""
    groups: Counter[tuple[Any, ...]] = Counter()
    values: dict[str, Counter[tuple[Any, ...]]] = {name: Counter() for name in _COUNTED}
    openness: dict[str, tuple[float, float, int]] = {}
    for batch in manifest.batches(["dataset", "subject", "label", "openness", *_COUNTED]):
        table = arrow.Table.from_batches([batch])
        groups.update(_tally(table, ["dataset", "subject", "label"]))
        for name in _COUNTED:
            values[name].update(_tally(table, ["dataset", name]))
        _widen(openness, table)
    return [_of(name, groups, values, openness.get(name)) for name in manifest.datasets]


def _of(
    dataset: str,
    groups: Mapping[tuple[Any, ...], int],
    values: Mapping[str, Mapping[tuple[Any, ...], int]],
    openness: tuple[float, float, int] | None,
) -> Facts:
    ordered = {
        name: dict(sorted(((v, n) for (d, v), n in counts.items() if d == dataset), key=_by_size))
        for name, counts in values.items()
    }
    return Facts(
        dataset,
        {(person, label): n for (d, person, label), n in groups.items() if d == dataset},
        ordered,
        openness and openness[:2],
        openness[2] if openness else 0,
    )


def _by_size(entry: tuple[Any, int]) -> tuple[int, str]:
    return -entry[1], str(entry[0])


def _tally(table: arrow.Table, keys: Sequence[str]) -> dict[tuple[Any, ...], int]:
    counted = table.group_by(list(keys)).aggregate([([], "count_all")])
    columns = [counted[name].to_pylist() for name in keys]
    return dict(zip(zip(*columns, strict=True), counted["count_all"].to_pylist(), strict=True))


def _widen(openness: dict[str, tuple[float, float, int]], table: arrow.Table) -> None:
    wanted = [("openness", "min"), ("openness", "max"), ("openness", "count")]
    for row in table.group_by("dataset").aggregate(wanted).to_pylist():
        if row["openness_count"]:
            low, high, seen = openness.get(row["dataset"], (1.0, 0.0, 0))
            openness[row["dataset"]] = (
                min(low, row["openness_min"]),
                max(high, row["openness_max"]),
                seen + row["openness_count"],
            )


def _spread(counts: Mapping[int, int]) -> tuple[int, int, int] | None:
    """Smallest, median (the lower of two) and largest of numbers that are given as counts."""
    if not counts:
        return None
    numbers = sorted(counts)
    upto = np.cumsum([counts[number] for number in numbers])
    middle = int(np.searchsorted(upto, (upto[-1] + 1) // 2))
    return numbers[0], numbers[middle], numbers[-1]
