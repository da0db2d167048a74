from pathlib import Path

import cv2
import numpy as np
import pytest

from blink.contract import Crop
from blink.data.audit.pictures import (
    clipping_of,
    look,
    nuisances_of,
    padding,
    perceptual_hash,
    visibility_of,
)
from blink.data.images import decode, encode_png
from blink.data.thumbnail import thumbnail
from tests.data.audit.sets import sized, written
from tests.data.drawing import eye


def seen(crop: Crop, encoded: bytes | None = None) -> dict[str, float | str]:
    return nuisances_of(encoded or encode_png(crop), crop, thumbnail(crop))


def test_look_has_one_entry_per_row_when_sizes_differ(tmp_path: Path) -> None:
    crops = sized(2, 4)
    pictures = look(written(tmp_path / "set", crops))
    assert pictures.nuisances["width"].tolist() == [crop.shape[1] for crop, _, _ in crops]
    assert set(pictures.nuisances["format"]) == {"png"}
    for row, (crop, _, _) in enumerate(crops):
        assert (pictures.thumbnails[row] == thumbnail(crop)).all()
        assert pictures.hashes[row] == perceptual_hash(thumbnail(crop))
    assert pictures.hog.shape == (8, 324)
    assert (pictures.hog > 0).any(axis=1).all()


def test_hash_differs_in_few_bits_when_a_picture_is_compressed() -> None:
    crop = eye(3, closed=False, side=48)
    again = decode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    same = perceptual_hash(thumbnail(crop)) ^ perceptual_hash(thumbnail(again))
    other = perceptual_hash(thumbnail(crop)) ^ perceptual_hash(thumbnail(eye(4, True, 48)))
    assert int(same).bit_count() <= 8 < int(other).bit_count()


@pytest.mark.parametrize(
    ("rows", "columns", "share"),
    [((0, 0), (0, 0), 0), ((4, 4), (0, 0), 0.25), ((0, 8), (4, 4), 0.4375)],
)
def test_padding_is_the_share_of_even_lines_when_a_crop_is_padded(
    rows: tuple[int, int], columns: tuple[int, int], share: float
) -> None:
    inner = eye(1, False, 32)[rows[0] : 32 - rows[1], columns[0] : 32 - columns[1]]
    assert padding(np.pad(inner, (rows, columns))) == pytest.approx(share)


def test_padding_is_whole_when_a_crop_is_even() -> None:
    assert padding(np.full((9, 7), 31, np.uint8)) == 1


def test_nuisances_are_those_of_the_frame_when_the_inside_changes() -> None:
    crop = np.random.default_rng(0).integers(90, 110, (32, 32)).astype(np.uint8)
    dark = crop.copy()
    dark[8:24, 8:24] = 0
    before, after = seen(crop), seen(dark)
    assert [before[n] for n in ("brightness", "contrast", "sharpness")] == [
        after[n] for n in ("brightness", "contrast", "sharpness")
    ]
    assert before["brightness"] == pytest.approx(100, abs=1)


@pytest.mark.parametrize(("suffix", "name"), [(".png", "png"), (".jpg", "jpeg"), (".bmp", "bmp")])
def test_format_is_read_off_the_bytes_when_files_differ(suffix: str, name: str) -> None:
    encoded = cv2.imencode(suffix, eye(1, True))[1].tobytes()
    found = seen(eye(1, True), encoded)
    assert found["format"] == name
    assert found["bytes_per_pixel"] == len(encoded) / 24**2


def test_quality_tells_of_faults_when_a_crop_has_them() -> None:
    crop = eye(5, closed=False, side=32)
    even = np.full((32, 32), 100, np.uint8)
    assert visibility_of(even) == {"range": 0, "detail": 0}
    assert clipping_of(even) == {"dark": 0, "bright": 0}
    assert clipping_of(np.zeros((32, 32), np.uint8)) == {"dark": 1, "bright": 0}
    blurred = np.asarray(cv2.GaussianBlur(crop, (0, 0), 6), np.uint8)
    assert visibility_of(blurred)["detail"] < visibility_of(thumbnail(crop))["detail"] / 20
