from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blink.contract import DataError, OperatingPoint
from blink.evaluation.mistakes import find_pictures, worst_mistakes
from tests.evaluation.drawn import draw_manifest, predictions

HALF = OperatingPoint(0.5, "by hand")


def test_worst_mistakes_come_most_certain_first_when_there_are_both_kinds() -> None:
    table = predictions(
        [1, 1, 1, 0, 0, 0, None, 1, 0],
        [0.4, 0.1, 0.9, 0.6, 0.99, 0.2, 0.0, 0.5, 0.5],
        list("aaabbbccc"),
    )
    found = worst_mistakes(table, HALF)
    assert found.missed_closures["id"].tolist() == ["crop-1", "crop-0"]
    assert found.false_closures["id"].tolist() == ["crop-4", "crop-3", "crop-8"]


def test_worst_mistakes_fall_back_on_the_id_when_scores_tie() -> None:
    table = predictions([1, 1, 0, 0], [0.2, 0.2, 0.7, 0.7], list("abcd"))
    found = worst_mistakes(table.iloc[::-1], HALF)
    assert found.missed_closures["id"].tolist() == ["crop-0", "crop-1"]
    assert found.false_closures["id"].tolist() == ["crop-2", "crop-3"]


def test_worst_mistakes_are_twenty_when_there_are_more() -> None:
    scores = np.linspace(0.0, 0.4, 30)
    found = worst_mistakes(predictions([1] * 30, scores.tolist(), ["a"] * 30), HALF)
    assert found.missed_closures["id"].tolist() == [f"crop-{number}" for number in range(20)]
    assert found.false_closures.empty


def test_find_pictures_keeps_the_order_when_ids_are_jumbled(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0, 1, 0, 1, 0, 1])
    order = [5, 0, 3, 6, 1]
    found = find_pictures(manifest, manifest.table["id"].iloc[order])
    for crop, row in zip(found, order, strict=True):
        np.testing.assert_array_equal(crop, next(manifest.crops([row])))


def test_find_pictures_refuses_when_an_id_is_of_another_data_set(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    ids = pd.Series([manifest.table["id"].iloc[0], "elsewhere"], dtype="string")
    with pytest.raises(DataError, match=r"elsewhere is not in .*data: .*another data set"):
        find_pictures(manifest, ids)
