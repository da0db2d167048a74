"""Measures how long it takes to judge many predictions, stage by stage.

    python -m benchmarks.evaluation [--crops 100000] [--draws 1000] [--people 7 100 1200] \
        [--stages statistics report]

The predictions are made up, over so many people in turn and over nobody knows whom; their crops are
cut into 40 slices by the manifest's attributes. Prints seconds as a Markdown table, with one column
for each stage: what is measured is listed in `STAGES`. In brackets stand seconds of CPU time, which
say more on a machine that has other work to do.

The report is that of five intelligences for a target, from predictions and notes of the pictures to
the written page, numbers and contact sheets; its number of draws is fixed. Predicting, which takes
the time that the intelligence takes, is no part of it, nor is taking the notes.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint, cores
from blink.contract.attributes import VOCABULARY
from blink.data.images import encode_png
from blink.data.manifest import write_manifest
from blink.data.row import make_row
from blink.data.schema import ATTRIBUTES
from blink.evaluation import (
    Aim,
    Report,
    Row,
    TestSet,
    write_contact_sheets,
    write_metrics,
    write_report,
)
from blink.evaluation.evaluate import evaluate
from blink.evaluation.pictures import PictureNotes
from blink.evaluation.predictions import DESCRIPTION, checked_predictions
from blink.evaluation.scores import crops_to_score, score
from blink.evaluation.slices import cut_by_attributes
from blink.evaluation.statistics import Sample
from blink.target import read_target

POINT: Final = OperatingPoint(0.5, "by hand")
TARGET: Final = "iris_login"
RIVALS: Final = 4
"""Intelligences that stand beside the one that the report is about."""

Stage = Callable[[TestSet, int, Path], None]
"""What is done with a test set and so many draws; a folder to write into."""


def statistics(test: TestSet, draws: int, _: Path) -> None:
    """One intelligence: its curves, and all metrics with intervals, of all crops and of slices."""
    table = test.main.table
    evaluate(table, POINT, draws)
    for cut in cut_by_attributes(table):
        score(Sample.of(crops_to_score(table[cut.inside])), POINT.threshold, draws)


def report(test: TestSet, _: int, folder: Path) -> None:
    """All that a run leaves for a person to read: page, numbers, contact sheets."""
    made = Report("A made-up run", "How long does it take?", "2026-11-24T13:05:00", [test])
    write_metrics(folder / "metrics.json", made)
    write_report(folder / "report.html", made)
    write_contact_sheets(folder, made)


STAGES: Final[dict[str, Stage]] = {"statistics": statistics, "report": report}

_OF_PEOPLE: Final = {
    name: VOCABULARY[name] or values
    for name, values in {
        "spectrum": (),
        "sensor": ("s1", "s2", "s3"),
        "gender": (),
        "age_group": (),
        "skin_tone": (),
        "lid_shape": (),
        "ethnicity": ("one", None),
    }.items()
}
_OF_CROPS: Final = ("side", "glasses", "reflections", "lighting", "gaze")


def make_predictions(crops: int, people: int | None, seed: int = 0) -> pd.DataFrame:
    """A predictions table in which mistakes cluster within people.

    Args:
        crops: How many rows.
        people: Whose; None leaves that unknown.
        seed: The same seed makes the same table.
    """
    random = np.random.default_rng(seed)
    person = random.integers(people or crops, size=crops)
    closed = random.random(crops) < 0.4
    skill = random.gamma(4, 0.5, people or crops)[person]
    score = 1 / (1 + np.exp(-(random.normal(np.where(closed, skill, -skill), 1))))
    columns = dict.fromkeys((*DESCRIPTION, *ATTRIBUTES)) | {
        "id": [f"{number:08x}" for number in random.permutation(crops)],
        "dataset": "made-up",
        "subject": [f"p{number}" for number in person] if people else None,
        "frame": np.arange(crops),
        "label": pd.array(closed.astype(int), dtype="Int8"),
        "p_closed": score.astype(np.float32),
        "openness": np.where(closed, 0.0, random.random(crops)),
    }
    for name, values in _OF_PEOPLE.items():
        deal = np.array(values, object)
        columns[name] = deal[random.integers(len(deal), size=people or crops)[person]]
    for name in _OF_CROPS:
        columns[name] = random.choice(np.array(VOCABULARY[name], object), crops)
    return checked_predictions(pd.DataFrame(columns), "The made-up table")


def make_test_set(table: pd.DataFrame, folder: Path, seed: int = 0) -> TestSet:
    """Pictures of noise for a predictions table, what was noted of them, and rivals that err more.

    Args:
        table: From `make_predictions`; the crops get the ids that their pictures have.
        folder: Where the pictures are to lie.
        seed: The same seed makes the same test set.
    """
    random = np.random.default_rng(seed)
    manifest = write_manifest(folder, _noise(table, random))
    table = table.assign(id=manifest.table["id"].to_numpy())
    notes = PictureNotes(len(table))
    for place, crop in enumerate(manifest.crops(range(len(table)))):
        notes.add(place, crop)
    aimed = read_target(TARGET)
    rows = [_row("net", table), *(_row(f"rival-{n}", _worse(table, random)) for n in range(RIVALS))]
    validation = {row.title: row.table for row in rows}  # as many people as are tested
    aim = Aim(aimed, validation, dict.fromkeys(validation, POINT))
    pictures = notes.table(table["id"].tolist())
    return TestSet("made-up", "made up", manifest, rows, pictures=pictures, aim=aim)


def _noise(table: pd.DataFrame, random: np.random.Generator) -> Iterator[dict[str, object]]:
    columns = ["subject", "label", "frame", *ATTRIBUTES]
    known = table[columns].astype(object).where(table[columns].notna(), None)
    for number, values in enumerate(known.to_dict("records")):
        side = int(random.integers(20, 60))
        crop = random.integers(40, 200, (side, side), np.uint8)
        row = make_row("made-up", f"{number}.png", encode_png(crop), crop, licence="none")
        yield row | {str(name): value for name, value in values.items()}


def _worse(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    blurred = table["p_closed"] + random.normal(0, 0.2, len(table))
    return table.assign(p_closed=blurred.clip(0, 1).astype(np.float32))


def _row(name: str, table: pd.DataFrame) -> Row:
    is_main = name == "net"
    kind = "net" if is_main else "heuristic"
    return Row(name, kind, "fp32", 1000, 10_000, None, POINT, table, is_main)


def _spend(stage: Stage, test: TestSet, draws: int, folder: Path) -> str:
    """How long a stage takes, by the clock and on all cores together: `3.2 (5.1)`."""
    started, used = time.perf_counter(), time.process_time()
    stage(test, draws, folder)
    return f"{time.perf_counter() - started:.1f} ({time.process_time() - used:.1f})"


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures how long judging takes.")
    parser.add_argument("--crops", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--people", nargs="+", type=int, default=[7, 100, 1200])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    options = parser.parse_args(arguments)
    if min(options.crops, options.draws, *options.people) < 1:
        parser.error("--crops, --draws and --people must be at least 1")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the table; returns the exit code."""
    options = parse(arguments)
    print(
        f"{cores()} cores, {options.crops:,} crops, {options.draws:,} draws; "
        "seconds by the clock (of CPU time)\n"
    )
    print("| people | slices |" + "".join(f" {name} |" for name in options.stages))
    print("|---|--:|" + "--:|" * len(options.stages), flush=True)
    for people in (*options.people, None):
        table = make_predictions(options.crops, people)
        slices = sum(1 for _ in cut_by_attributes(table))
        print(f"| {people or 'unknown'} | {slices} |", end="", flush=True)
        with TemporaryDirectory() as place:
            test = make_test_set(table, Path(place) / "data")
            for name in options.stages:
                spent = _spend(STAGES[name], test, options.draws, Path(place))
                print(f" {spent} |", end="", flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
