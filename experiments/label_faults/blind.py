"""What does a reader see in the crops of a test set, who knows neither label nor answer?

    python experiments/label_faults/blind.py sheets RUN --of NAME --data FOLDER --out DIR
    python experiments/label_faults/blind.py table RUN --of NAME --out DIR

RUN is the folder of a `blink evaluate`, FOLDER the data set that it judged, with its pictures.
`sheets` shuffles all mistakes with other crops and draws them, numbered, with their contrast
stretched; beside them lies `readings.csv`, whose last column the reader fills in: C closed,
c rather closed, ? cannot tell, o rather open, O open. `table` counts what was read.
"""

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from blink.contract import Crop
from blink.data.manifest import read_manifest
from blink.evaluation.predictions import read_predictions
from blink.runtime.preprocessing import grey

SIDE: Final = 170
CAPTION: Final = 18
ACROSS: Final = 6
READINGS: Final = {"C": "closed", "c": "closed", "?": "cannot tell", "o": "open", "O": "open"}


def main() -> None:
    """Draws the sheets, or prints what was read on them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("verb", choices=("sheets", "table"))
    parser.add_argument("run", type=Path)
    parser.add_argument("--of", required=True)
    parser.add_argument("--test", default="mrl")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--others", type=int, default=120)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    table = read_predictions(given.run / "predictions" / f"{given.of}-on-{given.test}.parquet")
    table = table[table["label"].notna()]
    table["called"] = (table["p_closed"] >= given.threshold).astype(int)
    table["is_mistake"] = table["called"] != table["label"]
    if given.verb == "sheets":
        draw(shuffled(table, given.others), given.data, given.out)
    else:
        readings = pd.read_csv(given.out / "readings.csv")
        table = table.merge(readings, "left", on="id", validate="one_to_one")
        tell(table[table["reading"].notna()].copy())
        score(table)


def shuffled(table: pd.DataFrame, others: int) -> "pd.Series[str]":
    """The ids of all mistakes and of so many other crops, in an order that tells nothing."""
    right = table[~table["is_mistake"]].sample(others, random_state=3)
    deck = pd.concat([table[table["is_mistake"]], right]).sample(frac=1, random_state=11)
    return deck["id"].reset_index(drop=True)


def draw(ids: "pd.Series[str]", data: Path, out: Path) -> None:
    """Writes sheets of 36 crops each, `00.png` and so on, and `readings.csv`."""
    manifest = read_manifest(data)
    rows = pd.Index(manifest.table["id"]).get_indexer(ids)
    order = np.argsort(rows)  # a manifest is read from its beginning to its end
    cells = dict(zip(order, map(cell, order, manifest.crops(rows[order])), strict=True))
    out.mkdir(parents=True)
    pd.DataFrame({"id": ids, "reading": ""}).to_csv(out / "readings.csv", index_label="number")
    empty = np.full_like(cells[0], 255)
    for sheet, first in enumerate(range(0, len(ids), ACROSS**2)):
        shown = [cells.get(first + place, empty) for place in range(ACROSS**2)]
        lines = [np.hstack(shown[at : at + ACROSS]) for at in range(0, ACROSS**2, ACROSS)]
        cv2.imwrite(str(out / f"{sheet:02d}.png"), np.vstack(lines))


def cell(number: int, crop: Crop) -> NDArray[np.uint8]:
    """A crop under its number, from its first to its last percentile black to white."""
    low, high = np.percentile(levels := grey(crop, "rgb").astype(float), (1, 99))
    stretched = np.clip((levels - low) / max(high - low, 1) * 255, 0, 255).astype(np.uint8)
    framed = np.full((SIDE + CAPTION, SIDE + 6), 255, np.uint8)
    framed[CAPTION:, 3:-3] = cv2.resize(stretched, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    cv2.putText(framed, str(number), (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
    return framed


def tell(deck: pd.DataFrame) -> None:
    """Prints, of mistakes and of other crops, what was read by what the label says."""
    deck["read"] = deck["reading"].map(READINGS)
    deck["label says"] = deck["label"].map({0: "open", 1: "closed"})
    kind = deck["is_mistake"].map({True: "mistake", False: "right"}).rename("model")
    print(pd.crosstab([kind, deck["label says"]], deck["read"]).to_string(), "\n")
    mistakes = deck[deck["is_mistake"]]
    side = np.select(
        [mistakes["read"] == "cannot tell", mistakes["read"] == mistakes["label says"]],
        ["cannot tell", "as the label"],
        "as the model",
    )
    print(
        pd.crosstab(mistakes["subject"], pd.Series(side, mistakes.index, name="read")).to_string()
    )


def score(table: pd.DataFrame) -> None:
    """Prints the balanced accuracy by the labels, and by what was read instead.

    Each crop that was read stands for those of its cell: called right or wrong, labelled alike.
    """
    cell = table.groupby(["is_mistake", "label"])
    weight = cell["id"].transform("size") / cell["reading"].transform("count")
    read = table.assign(weight=weight)[table["reading"].notna()]
    says = read["reading"].map(READINGS).map({"open": 0, "closed": 1})
    for words, part, labels in (
        ("by the labels", read, read["label"]),
        ("as read, by the label where the reader cannot tell", read, says.fillna(read["label"])),
        ("as read, without what the reader cannot tell", read[says.notna()], says.dropna()),
    ):
        figure = balanced_accuracy_score(labels, part["called"], sample_weight=part["weight"])
        print(f"balanced accuracy {words}: {figure:.4f}")


if __name__ == "__main__":
    main()
