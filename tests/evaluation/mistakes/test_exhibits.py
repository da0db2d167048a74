import base64
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError
from blink.data.images import decode, encode_png
from blink.data.manifest import write_manifest
from blink.data.row import make_row
from blink.evaluation.mistakes.exhibits import LARGEST_SIDE, exhibit
from tests.evaluation.drawn import draw_eye, draw_manifest, predict, predictions


def test_exhibit_shows_picture_and_what_is_known_when_crop_is_small(tmp_path: Path) -> None:
    manifest = draw_manifest(
        tmp_path / "data", [1, 0], people=2, age_group=["young"], openness=[0.25, None]
    )
    table = predict(manifest, [0.125, 0.75])
    first, second = exhibit(manifest, table, table["id"])
    header, encoded = first.picture.split(",")
    assert header == "data:image/png;base64"
    np.testing.assert_array_equal(decode(base64.b64decode(encoded)), next(manifest.crops([0])))
    assert (first.p_closed, first.subject, first.width, first.height) == (0.125, "person-0", 24, 24)
    assert (first.label, second.label) == ("closed", "open")
    assert first.attributes == ("age group young", "openness 0.25")
    assert second.attributes == ("age group young",)


def test_exhibit_leads_to_its_row_when_ids_are_jumbled(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "a folder", [1, 0, 1, None, 1, 0, 1])
    table = predict(manifest, np.linspace(0, 1, 7).tolist())
    order = [5, 0, 3, 6, 0]
    shown = exhibit(manifest, table, table["id"].iloc[order])
    assert [one.row for one in shown] == order
    assert [one.p_closed for one in shown] == pytest.approx([5 / 6, 0, 0.5, 1, 0])
    assert [one.label for one in shown] == ["open", "closed", "unlabelled", "closed", "closed"]
    fields = dict(shown[0].fields)
    assert fields == fields | {"id": table["id"].iloc[5], "dataset": "drawn", "label": "0"}
    assert shown[0].command == f"blink data show '{tmp_path / 'a folder'}' {table['id'].iloc[5]}"
    for one in shown:
        picture = decode(base64.b64decode(one.picture.partition(",")[2]))
        np.testing.assert_array_equal(picture, next(manifest.crops([one.row])))


def test_exhibit_shrinks_the_picture_when_crop_is_large(tmp_path: Path) -> None:
    wide = np.repeat(draw_eye(closed=False, size=300), 2, axis=1)
    row = make_row("drawn", "1.png", encode_png(wide), subject=None, licence="test", label=0)
    manifest = write_manifest(tmp_path / "data", [row])
    (shown,) = exhibit(manifest, predict(manifest, [0.9]), manifest.table["id"])
    picture = decode(base64.b64decode(shown.picture.split(",")[1]))
    assert picture.shape == (LARGEST_SIDE // 2, LARGEST_SIDE)
    assert (shown.width, shown.height) == (600, 300)
    assert shown.subject == "person unknown"


def test_exhibit_refuses_when_predictions_are_of_another_data_set(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    with pytest.raises(DataError, match="another data set"):
        exhibit(manifest, predictions([1], [0.1], ["a"]), ["crop-0"])


def test_exhibit_refuses_when_a_crop_was_not_predicted(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    table = predict(manifest, [0.1, 0.2])
    with pytest.raises(DataError, match=f"{table['id'].iloc[1]} was not predicted"):
        exhibit(manifest, table.iloc[:1], table["id"])
