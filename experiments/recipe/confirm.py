"""What each choice is worth over three seeds, with intervals over people.

    python -m experiments.recipe.jobs confirm > jobs.json
    python -m experiments.recipe.screen eyes.npz jobs.json results.jsonl --processes 2 --keep kept
    python -m experiments.recipe.confirm eyes.npz kept

Seed k is judged on the people of fold k, whom its net has not seen, so that everybody is judged by
one net of each choice; differences are those on the same crops. Choices of which not all seeds
are there yet are left out.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.evaluation.statistics import Difference, Sample, differences, estimate_metrics
from experiments.recipe.eyes import REAL, Eyes, roles
from experiments.recipe.jobs import confirm
from experiments.recipe.keeping import SEEDS, Answers, kept_parser, read_answers

METRICS: Final = ("balanced_accuracy", "auc")


def answered(eyes: Eyes, answers: Answers) -> dict[str, Sample]:
    """Archive → what was said of its people."""
    tables: dict[str, list[pd.DataFrame]] = {archive: [] for archive in REAL}
    for seed in SEEDS:
        _, tests = roles(eyes, {"protocol": f"fold{seed}"})
        for archive, rows in tests.items():
            tables[archive].append(_table(eyes, rows, answers[seed, archive]))
    return {archive: Sample.of(pd.concat(parts)) for archive, parts in tables.items()}


def _table(eyes: Eyes, rows: NDArray[np.int64], logits: NDArray[np.float32]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"{row:06d}" for row in rows],
            "dataset": eyes.datasets[rows],
            "subject": eyes.people[rows],
            "label": eyes.labels[rows],
            "p_closed": 1 / (1 + np.exp(-logits)),
        }
    )


def shown(found: Difference) -> str:
    """A difference in points, with its interval; bold where that leaves zero out."""
    estimate = found.estimate
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    words = f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"
    return f"**{words}**" if found.p is not None and found.p < 0.05 else words


def print_table(
    name: str, base: Mapping[str, Sample], others: Mapping[str, Mapping[str, Sample]]
) -> None:
    """Prints a Markdown table: what one choice reaches, and by how much others differ from it."""
    columns = [(archive, metric) for archive in REAL for metric in METRICS]
    print("| choice | " + " | ".join(f"{a} {m.replace('_', ' ')}" for a, m in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    own = {archive: estimate_metrics(base[archive], 0.5) for archive in REAL}
    cells = [own[archive][metric] for archive, metric in columns]
    told = [f"{100 * c.value:.1f} [{100 * c.low:.1f}, {100 * c.high:.1f}]" for c in cells]  # type: ignore[operator] # there are 15 people and more
    print(f"| {name} | " + " | ".join(told) + " |")
    for other, sample in others.items():
        gains = {archive: differences(sample[archive], base[archive], 0.5, 0.5) for archive in REAL}
        told = [shown(gains[archive][metric]) for archive, metric in columns]
        print(f"| {other} | " + " | ".join(told) + " |")


def main() -> None:
    """Prints the standard recipe, and what each choice changes, in points."""
    parser = kept_parser(__doc__)
    arguments = parser.parse_args()
    eyes = Eyes(arguments.eyes, {})
    samples = {}
    for name in dict.fromkeys(str(job["name"]) for job in confirm()["jobs"]):
        with suppress(FileNotFoundError):  # it is still to be trained
            samples[name] = answered(eyes, read_answers(arguments.kept, name))
    first = str(confirm()["jobs"][0]["name"])
    if (base := samples.pop(first, None)) is None:
        parser.error(f"{arguments.kept} lacks a net of {first}: let screen.py finish it")
    print_table(first, base, samples)


if __name__ == "__main__":
    main()
