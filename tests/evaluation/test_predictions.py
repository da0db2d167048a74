from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blink.contract import ConfigError, Crop, DataError, Probabilities
from blink.evaluation.predictions import (
    COLUMNS,
    check_batches,
    checked_predictions,
    predict_manifest,
    read_predictions,
    write_predictions,
)
from tests.evaluation.drawn import draw_manifest, predictions
from tests.slots import can_measure, looks_when_giving_way


class Brightness:
    """p is the mean brightness, which differs from crop to crop; counts how it is called."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        self.calls.append(len(crops))
        return np.array([crop.mean() / 255 for crop in crops], np.float32)


class Fixed:
    def __init__(self, p: float) -> None:
        self.p = p

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        return np.full(len(crops), self.p, np.float32)


def test_predict_manifest_runs_image_by_image_when_rows_are_chosen(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0, None, 1, 0], glasses=["no", "yes"])
    bright = Brightness()
    rows = np.array([4, 0, 2])
    found = predict_manifest({"bright": bright, "sure": Fixed(1.0)}, manifest, rows, "test")
    assert bright.calls == [1, 1, 1]
    assert list(found) == ["bright", "sure"]
    expected = [crop.mean() / 255 for crop in manifest.crops(rows)]
    assert found["bright"]["p_closed"].tolist() == pytest.approx(expected)
    assert found["sure"]["p_closed"].tolist() == [1, 1, 1]
    for table in found.values():
        assert tuple(table.columns) == COLUMNS
        assert table["id"].tolist() == manifest.table["id"].iloc[rows].tolist()
        assert table["glasses"].tolist() == ["no", "no", "no"]
        assert table["label"].isna().tolist() == [False, False, True]


def test_predict_manifest_refuses_when_a_call_would_take_no_crop(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    with pytest.raises(ConfigError, match="batch is 0; a call takes at least 1 crop"):
        predict_manifest({"sure": Fixed(1.0)}, manifest, np.arange(2), "test", batch=0)


def test_predict_manifest_shows_each_crop_once_when_somebody_takes_notes(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0, 1, 1, 0])
    rows = np.array([1, 2, 4])
    seen: dict[int, Crop] = {}
    bright = Brightness()
    found = predict_manifest(
        {"bright": bright}, manifest, rows, "test", notice=seen.__setitem__, batch=2
    )
    assert bright.calls == [2, 1]
    assert list(seen) == [0, 1, 2]
    for place, crop in enumerate(manifest.crops(rows)):
        assert np.array_equal(seen[place], crop)
        assert found["bright"]["p_closed"].iloc[place] == np.float32(crop.mean() / 255)


class Neighbour:
    """Looks, at each crop, whether another process could measure a latency now."""

    def __init__(self, slot: Path) -> None:
        self._slot = slot
        self.others_can_measure: list[bool] = []

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        self.others_can_measure.append(can_measure(self._slot))
        return np.zeros(len(crops), np.float32)


def test_predict_manifest_gives_way_at_each_crop_when_there_is_a_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looks_when_giving_way(tmp_path / "slot", monkeypatch)
    neighbour = Neighbour(tmp_path / "slot")

    manifest = draw_manifest(tmp_path / "data", [1, 0, 1])
    predict_manifest({"neighbour": neighbour}, manifest, np.arange(3), "test")

    assert neighbour.others_can_measure == [False] * 3
    assert len(looks) == 3
    assert can_measure(tmp_path / "slot")


class Moody:
    """Its last bit depends on how many crops it sees at once, from so many on."""

    def __init__(self, size: int) -> None:
        self.size = size

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        p = np.full(len(crops), 0.5, np.float32)
        return np.nextafter(p, np.float32(1)) if len(crops) == self.size else p


@pytest.mark.parametrize("size", [4, 3])  # a full batch, and the rest that is left at the end
def test_check_batches_refuses_when_a_single_bit_differs(tmp_path: Path, size: int) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0, 1, 0, 1, 0, 1])
    with pytest.raises(ConfigError, match=rf"moody gives other bits in batches of {size}: {size}"):
        check_batches({"sure": Fixed(1), "moody": Moody(size)}, manifest, np.arange(7), 4)


def test_check_batches_is_content_when_all_bits_agree(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0, 1, 0, 1, 0, 1])
    bright = Brightness()
    check_batches({"bright": bright, "moody": Moody(9)}, manifest, np.arange(7), 4)
    assert sorted(bright.calls) == [1] * 11 + [3, 4, 4]


@pytest.mark.parametrize("p", [np.nan, 1.5, -0.1])
def test_predict_manifest_names_the_culprit_when_it_gives_no_probability(
    tmp_path: Path, p: float
) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    with pytest.raises(DataError, match=r"What odd predicted is no .* row 0, column p_closed"):
        predict_manifest({"odd": Fixed(p)}, manifest, np.arange(2), "test")


@pytest.mark.parametrize("more", [{}, {"openness_answered": [0.0, None, 1.0]}])
def test_write_predictions_gives_back_the_same_table_when_read(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    table = predictions(
        [1, 0, None],
        [1.0, 0.0, 1 / 3],
        list("abb"),
        glasses=["no", None, "yes"],
        frame=[0, 7, None],
        **more,
    )
    write_predictions(tmp_path / "deep" / "table.parquet", table)
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "deep" / "table.parquet"), table)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["table.parquet"]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("p_closed", [0.5, 1.2], r"row 1, column p_closed: 1\.2 breaks the rule in_range"),
        ("p_closed", [float("nan"), 0.2], r"row 0, column p_closed"),
        ("openness_answered", [None, 1.2], r"row 1, column openness_answered: 1\.2 breaks"),
        ("label", [0, 2], r"row 1, column label: 2 breaks the rule isin"),
        ("glasses", ["no", "perhaps"], r"row 1, column glasses: 'perhaps'"),
        (
            "id",
            ["same", "same"],
            r"row 0, column id: 'same' breaks the rule multiple_fields_uniqueness",
        ),
        ("mood", ["good", "bad"], r"column .*mood"),
        ("subject", ["a", b"\xff"], r"row 1, column subject: b'\\xff' is no text"),
    ],
)
def test_checked_predictions_names_cell_and_rule_when_one_is_broken(
    column: str, values: list[Any], message: str
) -> None:
    table = predictions([1, 0], [0.9, 0.1], list("ab")).assign(**{column: values})
    with pytest.raises(DataError, match=f"The table is no predictions table: .*{message}"):
        checked_predictions(table, "The table")


def test_checked_predictions_refuses_when_a_column_is_missing() -> None:
    with pytest.raises(DataError, match="subject"):
        checked_predictions(predictions([1], [0.9], ["a"]).drop(columns="subject"), "The table")


def test_write_predictions_leaves_nothing_when_the_table_is_refused(tmp_path: Path) -> None:
    table = predictions([1], [0.9], ["a"]).assign(p_closed=2.0)
    with pytest.raises(DataError):
        write_predictions(tmp_path / "table.parquet", table)
    assert list(tmp_path.iterdir()) == []


def test_read_predictions_says_what_to_do_when_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.parquet is missing. Evaluate the bundle first"):
        read_predictions(tmp_path / "none.parquet")


def test_read_predictions_says_what_to_do_when_the_file_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_predictions(path, predictions([1, 0], [0.9, 0.1], list("ab")))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"table\.parquet is damaged .* predict again"):
        read_predictions(path)
