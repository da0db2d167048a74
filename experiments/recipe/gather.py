"""Packs the eyes that a recipe may be chosen on into one file, for `screen.py` on another machine.

    python -m experiments.recipe.gather eyes.npz

Only people who train or validate in `experiment=real`; those whom it tests are left out.
"""

import argparse
from pathlib import Path

import numpy as np

from blink.contract import Crop, InputSpec
from blink.entry import prepare_process
from blink.entry.data_by_name import open_data
from blink.runtime.preprocessing import pixels

SIDE = 64
EVERY = {"mrl": 2, "cew": 1}
"""Of MRL every second crop: neighbours are almost the same picture."""


def _square(crop: Crop, side: int) -> Crop:
    return pixels(crop, InputSpec(side, side))[..., 0]


def main() -> None:
    """Writes pixels, labels, data sets, people and sensors; MRL's crops come first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    prepare_process()
    [(manifest, split)] = open_data(["real"], [])
    table = manifest.table
    kept = []
    for name, step in EVERY.items():
        rows = np.concatenate([split.rows(manifest, role) for role in ("train", "val")])
        rows = np.sort(rows[(table["dataset"].to_numpy()[rows] == name)])
        kept.append(rows[::step])
    rows = np.concatenate(kept)
    rows = rows[table["label"].notna().to_numpy()[rows]]
    some = table.iloc[rows]
    own = (some["dataset"] == "cew").to_numpy()  # all of them have 24 pixels a side
    np.savez_compressed(
        arguments.out,
        mrl=np.stack([_square(crop, SIDE) for crop in manifest.crops(rows[~own])]),
        cew=np.stack([_square(crop, 24) for crop in manifest.crops(rows[own])]),
        labels=some["label"].to_numpy(np.int8),
        datasets=some["dataset"].to_numpy(str),
        people=some["subject"].to_numpy(str),
        sensors=some["sensor"].fillna("").to_numpy(str),
    )
    print(f"{arguments.out}: {len(rows)} crops")


if __name__ == "__main__":
    main()
