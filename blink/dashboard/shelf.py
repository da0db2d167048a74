"""The runs below a folder, read again only where something has changed."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from blink.dashboard.judgement import read_judgements
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.settings import Settings, flatten
from blink.runs import CONFIG, METRICS, About, Point, Run, curve_files, find_runs, read_curve

_T = TypeVar("_T")
_Stamp = tuple[tuple[int, int, int] | None, ...]
_Kept = dict[tuple[str, Path], tuple[_Stamp, Any]]

PATIENCE: Final = 1.0
"""A look that is not older than so many seconds is good enough for the next who asks."""
_CONFIG, _CURVE, _JUDGED = "config", "curve", "judgements"

BUDGET: Final = 0.5
"""So many seconds a look may read what is new; the rest comes with the next looks."""


@dataclass(frozen=True)
class Snapshot:
    """What lay in the folder at a look.

    Attributes:
        version: Another number where anything differs from the look before.
        entries: The latest first.
        unread: How many of them were not read to the end yet.
    """

    version: int
    entries: Sequence[ListedRun]
    unread: int = 0

    @cached_property
    def by_id(self) -> Mapping[str, ListedRun]:
        """Entries by their id."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def judged_on(self) -> list[str]:
        """All data sets that somebody was judged on, the most frequent first."""
        found = Counter(one.on for entry in self.entries for one in entry.judgements)
        return [on for on, _ in found.most_common()]


class Shelf:
    """The runs below a folder; many may ask at once.

    Attributes:
        root: The folder of all runs, without links.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.Lock()
        self._kept: _Kept = {}
        self._snapshot = Snapshot(0, ())
        self._looked = float("-inf")

    @property
    def seen(self) -> Snapshot:
        """The last look, which costs nothing; the first one if there was none."""
        return self._snapshot if self._snapshot.version else self.look()

    def look(self, *, budget: float = BUDGET) -> Snapshot:
        """What lies there now, or did within the last second.

        While somebody else looks, it is what was there before: nobody waits but for the first look.

        Args:
            budget: Seconds for files that are new or have changed.
        """
        if not self._lock.acquire(blocking=self._snapshot.version == 0):
            return self._snapshot
        try:
            if time.monotonic() - self._looked >= PATIENCE or self._snapshot.unread:
                self._snapshot = self._read(time.monotonic() + budget)
                self._looked = time.monotonic()
            return self._snapshot
        finally:
            self._lock.release()

    def _read(self, deadline: float) -> Snapshot:
        runs = find_runs(self.root)
        folders = {run.folder for run in runs}
        self._kept = {key: kept for key, kept in self._kept.items() if key[1] in folders}
        reader = _Reader(self.root, self._kept, deadline)
        entries = tuple(reader.read(run) for run in runs)
        before = self._snapshot
        is_new = (entries, reader.unread) != (before.entries, before.unread)
        version = before.version + is_new
        return Snapshot(version, entries, reader.unread) if is_new else before


class _Reader:
    """Reads entries until time is up, and then only what costs nothing."""

    def __init__(self, root: Path, kept: _Kept, deadline: float) -> None:
        self._root = root
        self._kept = kept
        self._deadline = deadline
        self.unread = 0

    def read(self, run: Run) -> ListedRun:
        """One run; parts for which there was no time are as they were before, or empty."""
        folder, before = run.folder, self.unread
        config = self._part(folder, _CONFIG, [folder / CONFIG], lambda: _config(run))
        curve = self._part(folder, _CURVE, curve_files(folder), lambda: _curve(folder))
        found = self._part(folder, _JUDGED, [folder / METRICS], lambda: read_judgements(folder))
        self.unread = min(self.unread, before + 1)
        about, settings = config or (None, {})
        about = run.status.about if run.status is not None else about
        return ListedRun(
            id=self._id(folder),
            folder=folder,
            name=about.name if about else folder.name,
            state=run.state,
            reason=run.reason or "",
            question=about.question if about else "",
            command=about.command if about else "",
            study=run.study or "",
            trial=run.trial,
            started=run.started,
            seconds=run.seconds,
            epochs=about.epochs if about else None,
            curve=curve or {},
            settings=settings,
            judgements=found or (),
        )

    def _id(self, folder: Path) -> str:
        """Its path below the root; a root that is itself a run has its name: `.` is no address."""
        return folder.relative_to(self._root).as_posix() if folder != self._root else folder.name

    def _part(
        self, folder: Path, name: str, files: Sequence[Path], read: Callable[[], _T]
    ) -> _T | None:
        """A part as it is, or as it was before where there is no time; None before it was read."""
        stamp = tuple(_stamp(path) for path in files)
        was, value = self._kept.get((name, folder), (None, None))
        if was == stamp:
            return value
        if time.monotonic() > self._deadline:
            self.unread += 1
            return value
        value = read()
        self._kept[name, folder] = stamp, value
        return value


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _config(run: Run) -> tuple[About, Settings]:
    return run.about, flatten(run.config, run.about.command)


def _curve(folder: Path) -> Mapping[str, tuple[Point, ...]]:
    return {name: tuple(points) for name, points in read_curve(folder).items()}
