import base64
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError
from blink.data.images import decode, encode_png
from blink.data.manifest import write_manifest
from blink.data.row import make_row
from blink.evaluation.exhibits import LARGEST_SIDE, exhibit
from tests.evaluation.drawn import draw_eye, draw_manifest, predict, predictions


def test_exhibit_shows_picture_and_what_is_known_when_crop_is_small(tmp_path: Path) -> None:
    manifest = draw_manifest(
        tmp_path / "data", [1, 0], people=2, age_group=["young"], openness=[0.25, None]
    )
    first, second = exhibit(manifest, predict(manifest, [0.125, 0.75]))
    header, encoded = first.picture.split(",")
    assert header == "data:image/png;base64"
    np.testing.assert_array_equal(decode(base64.b64decode(encoded)), next(manifest.crops([0])))
    assert (first.p_closed, first.subject, first.width, first.height) == (0.125, "person-0", 24, 24)
    assert first.attributes == ("age group young", "openness 0.25")
    assert second.attributes == ("age group young",)


def test_exhibit_shrinks_the_picture_when_crop_is_large(tmp_path: Path) -> None:
    wide = np.repeat(draw_eye(closed=False, size=300), 2, axis=1)
    row = make_row("drawn", "1.png", encode_png(wide), subject="a", licence="test", label=0)
    manifest = write_manifest(tmp_path / "data", [row])
    (shown,) = exhibit(manifest, predict(manifest, [0.9]))
    picture = decode(base64.b64decode(shown.picture.split(",")[1]))
    assert picture.shape == (LARGEST_SIDE // 2, LARGEST_SIDE)
    assert (shown.width, shown.height) == (600, 300)


def test_exhibit_refuses_when_predictions_are_of_another_data_set(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    with pytest.raises(DataError, match="another data set"):
        exhibit(manifest, predictions([1], [0.1], ["a"]))
