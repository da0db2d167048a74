import csv
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

QUALITY: Final = "val/balanced_accuracy"
"""The curve that tells how well a run does while it trains; see `blink.training.classifier`."""


class Point(NamedTuple):
    """A value of a curve.

    Attributes:
        epoch: From 0.
        step: Of the training, from 0.
        value: May be NaN.
    """

    epoch: int
    step: int
    value: float


def curve_files(folder: Path) -> list[Path]:
    """What a run has logged into, an attempt each, in their order; none in a closed folder."""
    try:
        return sorted((folder / "curves").glob("version_*/metrics.csv"), key=_version)
    except OSError:  # another user's
        return []


def read_curve(folder: Path) -> dict[str, list[Point]]:
    """Reads what a run has logged so far, all its attempts together.

    Lightning begins a new `version_*` at each resume, and writes lines that may be half there.

    Args:
        folder: Of the run.

    Returns:
        Name, such as `val/balanced_accuracy` → points in order of steps. A step that was trained
        twice, before a stop and again after it, counts as the later attempt logged it.
    """
    points: dict[str, dict[int, Point]] = {}
    for path in curve_files(folder):
        for name, found in _read(path).items():
            points.setdefault(name, {}).update((point.step, point) for point in found)
    return {name: [at[step] for step in sorted(at)] for name, at in points.items()}


def _version(path: Path) -> int:
    number = path.parent.name.removeprefix("version_")
    return int(number) if number.isdecimal() else -1


def _read(path: Path) -> dict[str, list[Point]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has just gone, or is another user's
        return {}
    header, *lines = [*csv.reader(text[: text.rfind("\n") + 1].splitlines())] or [[]]
    if not {"epoch", "step"} <= set(header):
        return {}
    epoch, step = header.index("epoch"), header.index("step")
    columns = [(at, name) for at, name in enumerate(header) if at not in (epoch, step)]
    found: dict[str, list[Point]] = {name: [] for _, name in columns}
    for line in lines:
        with suppress(ValueError, IndexError):  # cut off by a full disk
            place = int(line[epoch]), int(line[step])
            values = [(name, float(line[at])) for at, name in columns if line[at]]
            for name, value in values:
                found[name].append(Point(*place, value))
    return {name: on for name, on in found.items() if on}
