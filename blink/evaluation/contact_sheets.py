"""The mistakes of a run as picture files, which can be handed on without the page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blink.contract import atomic_file
from blink.evaluation.mistakes.exhibits import exhibit
from blink.evaluation.mistakes.results import MistakeStudy
from blink.evaluation.mistakes.sheet import contact_sheet
from blink.evaluation.results import Report, TestSet
from blink.latency.slot import giving_way

MOST_FAULTS: Final = 24
"""Suspected labels whose pictures are shown."""

_MOST_LETTERS: Final = 80


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """A picture file of one kind of mistake.

    Attributes:
        test_set: On which they were made.
        title: What they share.
        path: Of the PNG file.
    """

    test_set: str
    title: str
    path: Path


def write_contact_sheets(folder: Path, report: Report) -> list[ContactSheet]:
    """Draws each kind of mistakes, and apart from them the labels that are suspected.

    Args:
        folder: The run's; the files are `mistakes/<test set>/<number>-<title>.png` within it, the
            dearest kind first. A test set without mistakes, or of whose pictures nothing was noted,
            leaves none.
        report: What the run found.

    Raises:
        DataError: The predictions are of another data set than the manifest.
        StorageError: The disk is full.
    """
    return [sheet for test in report.tests for sheet in _write(folder / "mistakes", test)]


def _write(folder: Path, test: TestSet) -> Iterator[ContactSheet]:
    wanted = [] if test.mistakes is None else _choose(test.mistakes)
    ids = list(dict.fromkeys(one for _, ids in wanted for one in ids))
    shown = {one.id: one for one in exhibit(test.manifest, test.main.table, ids)}
    for number, (title, chosen) in enumerate(giving_way(wanted), 1):
        path = folder / test.name / f"{number:02}-{_file_name(title)}.png"
        with atomic_file(path) as temporary:
            temporary.write_bytes(contact_sheet([shown[one] for one in chosen]))
        yield ContactSheet(test.name, title, path)


def _choose(study: MistakeStudy) -> list[tuple[str, tuple[str, ...]]]:
    """Title and crops of each sheet; there is none without crops."""
    kinds = [(kind.title, kind.ids) for kind in study.kinds]
    suspected = ("labels that may be wrong", study.label_faults[:MOST_FAULTS])
    return [sheet for sheet in (*kinds, suspected) if sheet[1]]


def _file_name(title: str) -> str:
    """`dark crops, glasses` → `dark-crops-glasses`."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")[:_MOST_LETTERS].rstrip("-")
