"""What came of a search: the trials that nobody beats, their bundles, and a page."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from blink.contract import atomic_file, atomic_folder, copy_folder
from blink.runs import read_headline
from blink.sweep.candidates import Candidate, find_candidates
from blink.sweep.page import write_front_page
from blink.sweep.study import Study

FOLDER: Final = "front"


def write_front(study: Study) -> list[Candidate]:
    """Writes `front/` into the study's folder: front.csv, front.json, front.html and the bundles.

    Of several seeds the first one's bundle is copied, not the luckiest one's. A run that lies on
    another machine is named, and not copied.

    Returns:
        The front.

    Raises:
        StorageError: The disk is full.
    """
    candidates = find_candidates(study)
    front = [candidate for candidate in candidates if candidate.is_front]
    with atomic_folder(study.folder / FOLDER) as place:
        bundles = {
            candidate.trial: _copy_bundle(candidate, place / "bundles") for candidate in front
        }
        _write_csv(place / "front.csv", study, front, bundles)
        _write_json(place / "front.json", study, front, bundles)
        write_front_page(place / "front.html", study, candidates, bundles)
    return front


def _copy_bundle(candidate: Candidate, place: Path) -> str | None:
    """Copies what ships of the first run; its place below the front, None where it is not here."""
    run = candidate.runs[0]
    shipped = read_headline(run)
    if shipped is None:
        return None
    source = run / "bundles" / shipped.name
    if not source.is_dir():
        return None
    name = f"{candidate.trial:05d}"
    copy_folder(source, place / name)
    return f"bundles/{name}"


def _write_csv(
    path: Path, study: Study, front: Sequence[Candidate], bundles: dict[int, str | None]
) -> None:
    names = [one.metric for one in study.search.objectives]
    keys = [one.key for one in study.search.space.dimensions]
    heads = ["trial", *(h for n in names for h in (n, f"{n} low", f"{n} high")), *keys]
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*heads, "bundle", "runs"])
        for candidate in front:
            figures = [v for one in candidate.figures for v in (one.value, one.low, one.high)]
            values = [word.split("=", 1)[1] for word in candidate.words]
            runs = " ".join(map(str, candidate.runs))
            writer.writerow([candidate.trial, *figures, *values, bundles[candidate.trial], runs])


def _write_json(
    path: Path, study: Study, front: Sequence[Candidate], bundles: dict[int, str | None]
) -> None:
    content = {
        "study": study.optuna.study_name,
        "objectives": [
            {"metric": one.metric, "direction": one.direction} for one in study.search.objectives
        ],
        "fixed": study.search.fixed,
        "seeds": study.search.seeds,
        "front": [
            {
                "trial": candidate.trial,
                "values": [
                    {"value": one.value, "low": one.low, "high": one.high}
                    for one in candidate.figures
                ],
                "overrides": candidate.words,
                "runs": [str(run) for run in candidate.runs],
                "bundle": bundles[candidate.trial],
            }
            for candidate in front
        ],
    }
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
