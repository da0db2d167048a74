"""Means of what `screen.py` wrote: python -m experiments.recipe.table RESULTS..."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = (
    ("folds mrl", "fold", "mrl"),
    ("folds cew", "fold", "cew"),
    ("mrl unseen", "without", "mrl"),
    ("cew unseen", "without", "cew"),
    ("rendered → mrl", "rendered", "mrl"),
    ("rendered → cew", "rendered", "cew"),
    ("RealSense left out", "sensor-RealSense SR300", "sensor-RealSense SR300"),
    ("IDS left out", "sensor-IDS", "sensor-IDS"),
    ("Aptina left out", "sensor-Aptina", "sensor-Aptina"),
)


def main() -> None:
    """Prints a row for each name: AUC and balanced accuracy at 0.5 (at the best threshold).

    Columns that nobody has a figure for are left out.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    lines = [line for path in parser.parse_args().results for line in path.open()]
    results = [result for line in lines if "error" not in (result := json.loads(line))]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        by_name.setdefault(result["name"], []).append(result)
    cells = [[_cell(own, *where) for own in by_name.values()] for _, *where in COLUMNS]
    shown = [place for place, column in enumerate(cells) if any(column)]
    print("| job | " + " | ".join(COLUMNS[place][0] for place in shown) + " |")
    print("| --- |" + " ---: |" * len(shown))
    for row, name in enumerate(by_name):
        print(f"| {name} | " + " | ".join(cells[place][row] for place in shown) + " |")


def _cell(results: list[dict[str, Any]], protocol: str, data: str) -> str:
    figures = [
        [result[f"{data}/{figure}"] for figure in ("auc", "bal", "best")]
        for result in results
        if result["protocol"].startswith(protocol) and f"{data}/auc" in result
    ]
    if not figures:
        return ""
    return in_points(np.mean(figures, axis=0))


def in_points(figures: Iterable[float]) -> str:
    """AUC, balanced accuracy at 0.5 and at the best threshold, as a cell."""
    auc, balanced, best = (100 * figure for figure in figures)
    return f"{auc:.2f} {balanced:.2f} ({best:.2f})"


if __name__ == "__main__":
    main()
