import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from blink.contract import ConfigError, cores
from blink.data.images import encode_png
from blink.data.row import Row, make_row
from blink.data.workers import Worker, crew
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, sample_shot, take
from blink.synthesis.version import RENDERER_VERSION

if TYPE_CHECKING:
    from blink.data.manifest import Manifest

log = logging.getLogger(__name__)

LICENCE = "Apache-2.0 (rendered by Blink, shows no real person)"


@dataclass(frozen=True)
class RenderedEyes:
    """A data set of people who do not exist; a `Source` as `blink.data.collection` means it.

    Attributes:
        people: How many people.
        crops_per_person: How many crops of each, all of the one identity.
        seed: Decides everything; the number of processes decides nothing.
        processes: How many render; 0 for as many as the machine lends to this process.

    Raises:
        ConfigError: A number is out of range.
    """

    people: int
    crops_per_person: int
    seed: int = 0
    processes: int = 0

    def __post_init__(self) -> None:
        for name, least in (("people", 1), ("crops_per_person", 1), ("seed", 0), ("processes", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ConfigError(
                    f"RenderedEyes.{name} is {value!r}; it must be a whole number from {least} up."
                )

    @property
    def name(self) -> str:
        """Name of the data set."""
        return "rendered"

    @property
    def key(self) -> str:
        """Changes whenever the crops would."""
        what = (RENDERER_VERSION, self.people, self.crops_per_person, self.seed)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:12]

    @property
    def is_available(self) -> bool:
        """Always: nothing is downloaded."""
        return True

    def write(self, folder: Path) -> "Manifest":
        """Renders the data set into a folder, whole or not at all.

        Raises:
            StorageError: The disk is full.
        """
        # Not above: workers import this module too, and pandas takes them as long as 300 eyes.
        from blink.data.history.versions import record_version
        from blink.data.manifest import write_manifest

        def finish(temporary: Path, fingerprint: str) -> None:
            what = {
                "renderer": RENDERER_VERSION,
                "people": self.people,
                "crops_per_person": self.crops_per_person,
                "seed": self.seed,
            }
            record_version(temporary, fingerprint, "render", what)

        started = time.perf_counter()
        processes = min(self.people, self.processes or cores())
        jobs = [
            (range(first, self.people, processes), self.crops_per_person, self.seed)
            for first in range(processes)
        ]
        with crew(__name__, "render_people", jobs) as workers:
            manifest = write_manifest(folder, self._rows(workers), finish)
        rate = len(manifest) / (time.perf_counter() - started)
        log.info("Rendered %d eyes at %.0f a second.", len(manifest), rate)
        return manifest

    def _rows(self, workers: list[Worker]) -> Iterator[Row]:
        total = self.people * self.crops_per_person
        with tqdm(total=total, desc="Rendering eyes", unit="eye", leave=False) as bar:
            for worker in islice(cycle(workers), self.people):
                rows: list[Row] = worker.receive()
                bar.update(len(rows))
                yield from rows


def render_people(numbers: range, crops: int, seed: int) -> Iterator[list[Row]]:
    """The rows of several people, person by person: the work of one process."""
    for number in numbers:
        yield render_person(number, crops, seed)


def render_person(number: int, crops: int, seed: int) -> list[Row]:
    """All rows of one person; the same for the same arguments, in whatever process.

    Args:
        number: Which person, from 0.
        crops: How many crops.
        seed: Seed of the data set.
    """
    rng = np.random.default_rng((seed, number))
    person = sample_person(rng)
    subject = f"p{number + 1:04d}"
    return [
        make_shot_row(subject, index, person, sample_shot(rng, person)) for index in range(crops)
    ]


def make_shot_row(subject: str, index: int, person: Person, shot: Shot) -> Row:
    """Takes a shot and describes it by the parameters that it was drawn with."""
    crop = take(person, shot)
    moment, sensor = shot.moment, shot.exposure.sensor
    return make_row(
        "rendered",
        f"{subject}/{index:05d}.png",
        encode_png(crop),
        crop,
        subject=subject,
        label=moment.label,
        label_source="renderer",
        openness=moment.openness,
        gaze=moment.gaze(shot.side),
        side=shot.side,
        spectrum=sensor.spectrum,
        sensor=sensor.name,
        lighting=shot.light.lighting,
        glasses="no" if person.glasses is None else "yes",
        reflections=shot.mirror.reflections,
        gender=person.gender,
        age_group=person.age_group,
        skin_tone=person.skin_tone,
        licence=LICENCE,
    )
