"""The eyes that a recipe is chosen on, and who of them trains under which protocol."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from blink.contract import Crop, InputSpec
from blink.runtime.preprocessing import pixels

FOLDS = 4
REAL = ("mrl", "cew")

Rows = NDArray[np.int64]
Job = Mapping[str, Any]


class Drawn(NamedTuple):
    """Rendered eyes: pictures, labels (NaN half-closed) and people."""

    crops: list[Crop]
    labels: NDArray[np.float32]
    people: NDArray[np.str_]


class Eyes:
    """All crops at hand, at whatever size a job wants.

    Args:
        path: What `gather.py` wrote.
        pools: Rendered eyes, by name.
    """

    def __init__(self, path: Path, pools: Mapping[str, Drawn]) -> None:
        real = np.load(path)
        self._crops: list[Crop] = [*real["mrl"], *real["cew"]]
        self.labels = real["labels"].astype(np.float32)
        self.datasets, self.people = real["datasets"], real["people"]
        self.sensors = real["sensors"]
        for name, drawn in pools.items():
            count = len(drawn.crops)
            self._crops += drawn.crops
            self.labels = np.concatenate([self.labels, drawn.labels])
            self.datasets = np.concatenate([self.datasets, np.full(count, name)])
            self.people = np.concatenate([self.people, drawn.people])
            self.sensors = np.concatenate([self.sensors, np.full(count, "")])
        self.fold = self._folds()

    def _folds(self) -> Rows:
        """A share of each data set's people, by their place in a shuffled list."""
        fold = np.zeros(len(self.labels), np.int64)
        for name in np.unique(self.datasets):
            own = self.datasets == name
            who = np.unique(self.people[own])
            where = np.random.default_rng(1).permutation(len(who)) % FOLDS
            fold[own] = where[np.searchsorted(who, self.people[own])]
        return fold

    def fewer(self, share: float) -> NDArray[np.bool_]:
        """Who is left out where a share of each data set's people is enough."""
        out = np.zeros(len(self.labels), bool)
        for name in np.unique(self.datasets):
            own = self.datasets == name
            who = np.unique(self.people[own])
            kept = np.random.default_rng(2).permutation(len(who)) < share * len(who)
            out[own] = ~kept[np.searchsorted(who, self.people[own])]
        return out

    def sized(self, height: int, width: int) -> NDArray[np.uint8]:
        """(N, 1, height, width)."""
        spec = InputSpec(height, width)
        return np.stack([pixels(crop, spec)[..., 0] for crop in self._crops])[:, None]


def roles(eyes: Eyes, job: Job) -> tuple[Rows, dict[str, Rows]]:
    """Rows to train on, and rows to judge on by name, of a job's protocol.

    `fold0` to `fold3` leave a quarter of the real people out, `without-mrl` and `without-cew` an
    archive, `sensor-NAME` a sensor and its people; `rendered` trains on rendered eyes alone.
    With `people` a share of the real people is enough to train on.

    Raises:
        ValueError: There is no such protocol.
    """
    protocol, data = job["protocol"], eyes.datasets
    drawn, real = data == job.get("pool", "rendered"), np.isin(data, REAL)
    both = real | drawn
    kind, _, what = protocol.partition("-")
    if kind.startswith("fold"):
        out = eyes.fold == int(kind[4:])
        train, tests = both & ~(out & real), {name: (data == name) & out for name in REAL}
    elif kind == "without":
        train, tests = both & (data != what), {what: data == what}
    elif kind == "sensor":
        out = eyes.sensors == what
        train, tests = both & ~np.isin(eyes.people, eyes.people[out]), {protocol: out}
    elif kind == "rendered":
        train, tests = drawn, {name: data == name for name in REAL}
    else:
        raise ValueError(f"{protocol!r} is no protocol")
    if job.get("no_pool"):
        train = train & ~drawn
    if "people" in job:
        train = train & ~(real & eyes.fewer(job["people"]))
    known = ~np.isnan(eyes.labels)
    return np.flatnonzero(train & known), {k: np.flatnonzero(v & known) for k, v in tests.items()}


def odds(eyes: Eyes, rows: Rows, job: Job) -> NDArray[np.float64]:
    """How likely each row is drawn; the rule of `blink.data.cached.draw_weights`."""
    shares, tempering = job["shares"], job.get("tempering", 0.5)
    weight = np.zeros(len(rows))
    data, label, people = eyes.datasets[rows], eyes.labels[rows], eyes.people[rows]
    for name in np.unique(data):
        share = shares.get(str(name), shares["rendered"])
        for state in (0, 1):
            own = (data == name) & (label == state)
            _, who, size = np.unique(people[own], return_inverse=True, return_counts=True)
            each = (size**tempering / size)[who]
            weight[own] = share / 2 * each / each.sum()
    chance: NDArray[np.float64] = weight / weight.sum()
    return chance
