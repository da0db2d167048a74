"""How true is what a bundle says of openness, on test people whose openness is known?

    python -m experiments.openness.measure runs/RUN/bundles/eye-openness --data rendered

Printed beside it is what 1 - p_closed and a constant, the median of training people, would be worth
as an openness. Ranks are Spearman's; intervals are over people.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from blink.contract import Crop
from blink.entry import prepare_process
from blink.entry.data_by_name import open_data
from blink.evaluation.statistics import DRAWS, Estimate, Scale, draw_people, estimate, ratio
from blink.evaluation.statistics.ranks import rank_correlation
from blink.runtime import Detector

_CHUNK = 2048


def main() -> None:
    """Prints a row for each bundle, precision and group of eyes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--data", default="rendered")
    given = parser.parse_args()
    prepare_process()
    manifest, split = open_data([given.data], [])[0]
    learnt = manifest.table["openness"].iloc[split.rows(manifest, "train")].median()
    rows = split.rows(manifest, "test")
    rows = rows[manifest.table["openness"].notna().to_numpy()[rows]]
    table = manifest.table.iloc[rows].reset_index(drop=True)
    crops = list(manifest.crops(rows))
    print("| bundle | precision | output | eyes | crops | mean error | rank correlation |")
    print("|---|---|---|---|---:|---:|---:|")
    for folder in given.bundles:
        for precision in sorted(Detector.load(folder).bundle.precisions):
            detector = Detector.load(folder, precision)
            said = {**_said(detector, crops), "a constant": np.full(len(crops), learnt)}
            for output, values in said.items():
                frame = table.assign(error=np.abs(values - table["openness"]), said=values)
                for eyes, some in (("all", frame), ("half-closed", frame[frame["label"].isna()])):
                    start = f"| {folder.name} | {precision} | {output} | {eyes} | {len(some):,} |"
                    print(f"{start} {_cell(_error(some))} | {_cell(_rank(some))} |")


def _said(detector: Detector, crops: list[Crop]) -> dict[str, np.ndarray]:
    starts = range(0, len(crops), _CHUNK)
    said = {}
    if detector.bundle.has_openness:
        parts = [detector.openness(crops[at : at + _CHUNK]) for at in starts]
        said["openness"] = np.concatenate(parts).astype(np.float64)
    parts = [detector.predict(crops[at : at + _CHUNK]) for at in starts]
    said["1 - p_closed"] = 1 - np.concatenate(parts).astype(np.float64)
    return said


def _error(frame: pd.DataFrame) -> Estimate:
    """Mean absolute error, every crop the same."""
    people = frame.groupby("subject")["error"]
    crops = people.size().to_numpy().astype(np.float64)
    return ratio(people.sum().to_numpy(np.float64), crops, most=1.0)


def _rank(frame: pd.DataFrame) -> Estimate:
    """Whether a wider eye is said to be wider; None where all are said to be the same."""
    person = frame.groupby("subject").ngroup().to_numpy().astype(np.int64)
    said, true = (frame[name].to_numpy(np.float64) for name in ("said", "openness"))
    people = int(person.max()) + 1
    ranks = rank_correlation(said, true, person, draw_people(people, DRAWS))
    return estimate(ranks, people, "nobody to look at", scale=Scale(-1.0, 1.0))


def _cell(found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "–" if found.value is None else f"{found.value:.3f}"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


if __name__ == "__main__":
    main()
