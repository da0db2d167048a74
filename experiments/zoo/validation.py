"""Which of several bundles knows validation people best? They choose, so that test people need not.

    BLINK_DATA=data python -m experiments.zoo.validation export/zoo/standard OTHER

Printed are balanced accuracy and AUC in points, with intervals over people, and the difference in
balanced accuracy from the first bundle on the same crops; then, for each group of eyes that
--group asks for, recall of both classes.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from blink.entry import prepare_process
from blink.entry.data_by_name import open_data
from blink.evaluation import evaluate, find_held_out, predict_manifest
from blink.evaluation.scores import crops_to_score
from blink.evaluation.statistics import Estimate, Sample, differences
from blink.runtime import Detector


def main() -> None:
    """Prints Markdown tables, a row for each bundle."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--data", nargs="+", default=["real", "rendered"])
    parser.add_argument("--group", nargs="*", default=[], help="as in gaze=down")
    given = parser.parse_args()
    prepare_process()
    detectors = {str(folder): Detector.load(folder) for folder in given.bundles}
    for data in open_data(given.data, []):
        for one in find_held_out(data, trained_on=True, role="val"):
            tables = predict_manifest(detectors, one.manifest, one.rows, one.name)
            _print_all(one.name, detectors, tables)
            for group in given.group:
                _print_group(group, detectors, tables)


def _print_all(
    name: str, detectors: Mapping[str, Detector], tables: Mapping[str, pd.DataFrame]
) -> None:
    print(f"\n| {name} | balanced accuracy | AUC | difference |\n| --- | ---: | ---: | ---: |")
    first = next(iter(tables))
    for folder, table in tables.items():
        found = evaluate(table, detectors[folder].bundle.operating_point).scores.metrics
        ours, theirs = (Sample.of(crops_to_score(tables[one])) for one in (folder, first))
        our, their = (detectors[one].bundle.operating_point.threshold for one in (folder, first))
        apart = differences(ours, theirs, our, their)["balanced_accuracy"].estimate
        cells = [_points(found["balanced_accuracy"]), _points(found["auc"]), _points(apart, "+")]
        print(f"| {folder} | {' | '.join(cells)} |")


def _print_group(
    group: str, detectors: Mapping[str, Detector], tables: Mapping[str, pd.DataFrame]
) -> None:
    attribute, value = group.split("=")
    rows = []
    for folder, table in tables.items():
        own = table[(table[attribute] == value).fillna(False).to_numpy(bool)]
        if own["label"].notna().any():
            found = evaluate(own, detectors[folder].bundle.operating_point).scores.metrics
            cells = [_points(found[name]) for name in ("recall_closed", "recall_open")]
            rows.append(f"| {folder} | {' | '.join(cells)} |")
    if rows:
        print(f"\n| {group} | recall closed | recall open |\n| --- | ---: | ---: |")
        print("\n".join(rows))


def _points(found: Estimate, sign: str = "") -> str:
    if found.value is None:
        return "–"
    text = f"{100 * found.value:{sign}.2f}"
    if found.low is None or found.high is None:
        return text
    return f"{text} [{100 * found.low:{sign}.2f}, {100 * found.high:{sign}.2f}]"


if __name__ == "__main__":
    main()
