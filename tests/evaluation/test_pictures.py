from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.contract import Crop, CropError, DataError
from blink.evaluation.pictures import (
    COLUMNS,
    EMBEDDING,
    PictureNotes,
    pictures_of,
    read_pictures,
    write_pictures,
)
from tests.evaluation.drawn import draw_eye, predictions


def noted(*crops: Crop) -> pd.DataFrame:
    notes = PictureNotes(len(crops))
    for place, crop in enumerate(crops):
        notes.add(place, crop)
    return notes.table([f"crop-{place}" for place in range(len(crops))])


def noisy(seed: int, size: int = 40) -> Crop:
    noise = np.random.default_rng(seed).integers(-20, 20, (size, size))
    return np.asarray(np.clip(draw_eye(seed % 2 == 1, size) + noise, 0, 255), np.uint8)


def test_notes_tell_size_and_light_when_pictures_differ() -> None:
    wide = np.full((20, 30), 100, np.uint8)
    wide[:, 15:] = 200
    table = noted(wide, np.full((50, 40, 3), 7, np.uint8))
    assert table.columns.tolist() == list(COLUMNS)
    assert table[["width", "height"]].to_numpy().tolist() == [[30, 20], [40, 50]]
    assert table["brightness"].tolist() == pytest.approx([150, 7], abs=1)
    assert table["contrast"].tolist() == pytest.approx([50, 0], abs=1)
    assert table["sharpness"].iloc[1] == 0
    assert table["range"].tolist() == [100, 0]
    assert table["clipped"].tolist() == [0, 0]


def test_sharpness_falls_and_size_stays_out_when_a_picture_is_blurred() -> None:
    sharp = draw_eye(closed=False, size=96)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 8), np.uint8)
    larger = np.asarray(cv2.resize(sharp, (192, 192), interpolation=cv2.INTER_CUBIC), np.uint8)
    pale = (sharp // 2 + 60).astype(np.uint8)
    values = noted(sharp, blurred, larger, pale)["sharpness"].tolist()
    assert values[1] < values[0] / 4
    assert values[2:] == pytest.approx([values[0]] * 2, rel=0.05)


def test_embedding_puts_pictures_of_one_state_together_when_they_differ_in_noise() -> None:
    shapes = noted(*map(noisy, range(40)))[list(EMBEDDING)].to_numpy()
    far = np.linalg.norm(shapes[0::2].mean(axis=0) - shapes[1::2].mean(axis=0))
    near = np.linalg.norm(shapes[0::2] - shapes[0::2].mean(axis=0), axis=1).mean()
    assert far > 1.5 * near
    assert (shapes[:, 39:] == 0).all()
    assert (shapes[:, :30].std(axis=0) > 0).all()


@given(count=st.integers(0, 4))
def test_notes_make_a_table_when_pictures_are_few_or_all_the_same(count: int) -> None:
    table = noted(*[draw_eye(closed=True)] * count)
    assert len(table) == count
    assert (table[list(EMBEDDING)].to_numpy() == 0).all()


def test_notes_refuse_when_a_picture_was_left_out() -> None:
    notes = PictureNotes(2)
    notes.add(1, draw_eye(closed=True))
    with pytest.raises(DataError, match="1 of 2 pictures were noted, for 2 ids"):
        notes.table(["a", "b"])
    notes.add(0, draw_eye(closed=True))
    with pytest.raises(DataError, match="2 of 2 pictures were noted, for 1 ids"):
        notes.table(["a"])


def test_notes_refuse_when_it_is_no_crop() -> None:
    with pytest.raises(CropError, match="uint8"):
        PictureNotes(1).add(0, np.zeros((20, 20)))  # type: ignore[arg-type]


def test_pictures_come_back_the_same_when_written_and_read(tmp_path: Path) -> None:
    table = noted(*map(noisy, range(5)))
    write_pictures(tmp_path / "pictures.parquet", table)
    pd.testing.assert_frame_equal(read_pictures(tmp_path / "pictures.parquet"), table)


def test_write_pictures_leaves_nothing_when_the_table_is_none(tmp_path: Path) -> None:
    table = noted(draw_eye(closed=True), draw_eye(closed=False))
    with pytest.raises(DataError, match=r"row 1, column clipped: 1\.5 breaks the rule"):
        write_pictures(tmp_path / "pictures.parquet", table.assign(clipped=[0, 1.5]))
    with pytest.raises(DataError, match="column id"):
        write_pictures(tmp_path / "pictures.parquet", table.assign(id="same"))
    assert list(tmp_path.iterdir()) == []


def test_read_pictures_speaks_when_there_is_none_or_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "pictures.parquet"
    with pytest.raises(DataError, match=r"pictures.parquet is missing. Evaluate"):
        read_pictures(path)
    path.write_bytes(b"PAR1 is all that is left")
    with pytest.raises(DataError, match=r"pictures.parquet is damaged"):
        read_pictures(path)


def test_pictures_of_follow_the_predictions_when_the_order_differs() -> None:
    pictures = noted(*map(noisy, range(4)))
    table = predictions([1, 0, 1, 0], [0.5] * 4, list("abcd")).iloc[[2, 0]]
    assert pictures_of(table, pictures)["id"].tolist() == ["crop-2", "crop-0"]


def test_pictures_of_refuses_when_the_predictions_are_of_another_data_set() -> None:
    pictures = noted(draw_eye(closed=True))
    with pytest.raises(DataError, match="crop-1 was predicted, but is not among the pictures"):
        pictures_of(predictions([1, 0], [0.5, 0.5], list("ab")), pictures)
