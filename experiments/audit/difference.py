"""Is one way better than another on the same test people? The difference, with its interval.

    python experiments/audit/difference.py --of RUN… --against RUN… [--test mrl]

RUN are run folders of `train.py`, one for each seed. Balanced accuracy of the shipped precision, at
each bundle's own operating point, averaged over the seeds of a side; the interval is a bootstrap
over people, who are drawn for both sides together.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blink.contract import DataError
from blink.evaluation.bootstrap import DRAWS, Weights, draw_people, estimate
from blink.evaluation.predictions import read_predictions
from blink.runtime.bundle import load_bundle


def main() -> None:
    """Prints both sides and their difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--of", nargs="+", type=Path, required=True)
    parser.add_argument("--against", nargs="+", type=Path, required=True)
    parser.add_argument("--test", default="mrl")
    given = parser.parse_args()
    sides = {"of": given.of, "against": given.against}
    people, weights = None, None
    scores = {}
    for name, runs in sides.items():
        right = [correct_by_person(run, given.test) for run in runs]
        names = [found[0] for found in right]
        people = people or names[0]
        if any(others != people for others in names):
            raise DataError(
                f"The runs were tested on other people or crops: {[*given.of, *given.against]}."
            )
        weights = draw_people(len(people), DRAWS, seed=0) if weights is None else weights
        scores[name] = np.mean([balanced(counts, weights) for _, counts in right], axis=0)
    scores["difference"] = scores["of"] - scores["against"]
    for name, values in scores.items():
        found = estimate(values, len(people or ()), "a class is missing")
        print(f"{name:>10}  {found.value:+.4f} [{found.low:+.4f}, {found.high:+.4f}]")  # noqa: T201


def correct_by_person(run: Path, test: str) -> tuple[list[tuple[str, int]], NDArray[np.float64]]:
    """People with their crops, and of each: open, open and right, closed, closed and right."""
    folder = next(
        path for path in sorted((run / "bundles").iterdir()) if path.name.startswith("eye-")
    )
    bundle = load_bundle(folder)
    table = read_predictions(
        run / "predictions" / f"{bundle.name}-{bundle.precision}-on-{test}.parquet"
    )
    table = table[table["label"].notna()]
    right = (table["p_closed"] >= bundle.operating_point.threshold) == (table["label"] == 1)
    counts = []
    for subject, crops in table.assign(right=right).groupby("subject", sort=True):
        sides = [crops[crops["label"] == label] for label in (0, 1)]
        counts.append(
            (str(subject), [n for side in sides for n in (len(side), int(side["right"].sum()))])
        )
    return [(name, numbers[0] + numbers[2]) for name, numbers in counts], np.array(
        [n for _, n in counts], float
    )


def balanced(counts: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """Balanced accuracy for each draw of people."""
    totals = weights @ counts
    with np.errstate(invalid="ignore"):
        return (totals[:, 1] / totals[:, 0] + totals[:, 3] / totals[:, 2]) / 2


if __name__ == "__main__":
    main()
