"""What rendered sources share: people are dealt out to processes, their rows come back in order."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blink.contract import ConfigError, cores
from blink.data.row import Row
from blink.data.workers import Worker, crew

if TYPE_CHECKING:
    from blink.data.manifest import Manifest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendering:
    """People who are to be rendered.

    Attributes:
        people: How many.
        crops: How many of each.
        module: Where the generator is found that renders them.
        generator: Its name. Called with a range of numbers and `arguments`, it yields the rows of
            each of these people.
        arguments: See there.
        processes: How many render; 0 for as many as the machine lends to this process.
        shown: What the bar calls them.
    """

    people: int
    crops: int
    module: str
    generator: str
    arguments: tuple[Any, ...]
    processes: int
    shown: str = "eyes"

    def write(self, folder: Path, what: Mapping[str, Any]) -> "Manifest":
        """Renders everybody into a folder, whole or not at all.

        Args:
            folder: Where the data set is to stand.
            what: What made it, for its version.

        Raises:
            StorageError: The disk is full.
        """
        # Not above: workers import this module too, and pandas takes them as long as 300 eyes.
        from blink.data.history.versions import record_version
        from blink.data.manifest import write_manifest

        def finish(temporary: Path, fingerprint: str) -> None:
            record_version(temporary, fingerprint, "render", what)

        started = time.perf_counter()
        processes = min(self.people, self.processes or cores())
        jobs = [
            (range(first, self.people, processes), *self.arguments) for first in range(processes)
        ]
        with crew(self.module, self.generator, jobs) as workers:
            manifest = write_manifest(folder, self._rows(workers), finish)
        rate = len(manifest) / (time.perf_counter() - started)
        log.info("Rendered %d eyes at %.0f a second.", len(manifest), rate)
        return manifest

    def _rows(self, workers: list[Worker]) -> Iterator[Row]:
        from tqdm import tqdm  # as above

        total = self.people * self.crops
        with tqdm(total=total, desc=f"Rendering {self.shown}", unit="eye", leave=False) as bar:
            for worker in islice(cycle(workers), self.people):
                rows: list[Row] = worker.receive()
                bar.update(len(rows))
                yield from rows


def check_whole(source: object, **least: int) -> None:
    """Checks that fields of a source are whole numbers from so many up.

    Raises:
        ConfigError: Names the first one that is none.
    """
    for name, lowest in least.items():
        value = getattr(source, name)
        if type(value) is not int or value < lowest:
            raise ConfigError(
                f"{type(source).__name__}.{name} is {value!r}; it must be a whole number from "
                f"{lowest} up."
            )
