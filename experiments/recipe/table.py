"""Means of what `screen.py` wrote: python -m experiments.recipe.table RESULTS..."""

import argparse
import json
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
)


def main() -> None:
    """Prints a row for each name: AUC and balanced accuracy at 0.5 (at the best threshold)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    lines = [line for path in parser.parse_args().results for line in path.open()]
    results = [result for line in lines if "error" not in (result := json.loads(line))]
    print("| job | " + " | ".join(title for title, *_ in COLUMNS) + " |")
    print("| --- |" + " ---: |" * len(COLUMNS))
    for name in dict.fromkeys(result["name"] for result in results):
        own = [result for result in results if result["name"] == name]
        cells = [_cell(own, protocol, data) for _, protocol, data in COLUMNS]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _cell(results: list[dict[str, Any]], protocol: str, data: str) -> str:
    figures = [
        [result[f"{data}/{figure}"] for figure in ("auc", "bal", "best")]
        for result in results
        if result["protocol"].startswith(protocol) and f"{data}/auc" in result
    ]
    if not figures:
        return ""
    auc, balanced, best = 100 * np.mean(figures, axis=0)
    return f"{auc:.2f} {balanced:.2f} ({best:.2f})"


if __name__ == "__main__":
    main()
