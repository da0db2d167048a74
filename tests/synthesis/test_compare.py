import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from blink.contract import CLOSED, DataError
from blink.data.images import encode_png
from blink.synthesis.compare import comparison


def write_archives(folder: Path) -> None:
    """Two archives: open eyes are white, closed ones black, those of a test person grey."""
    plain = [np.full((24, 24), level, np.uint8) for level in (255, 0, 128)]
    with zipfile.ZipFile(folder / "mrlEyes_2018_01.zip", "w") as file:
        for subject in ("s0001", "s0013"):
            for label in (0, 1):
                crop = plain[label] if subject == "s0001" else plain[2]
                name = f"{subject}/{subject}_00001_0_0_{1 - label}_0_0_01.png"
                file.writestr(name, encode_png(crop))
    with zipfile.ZipFile(folder / "dataset_B_Eye_Images.zip", "w") as file:
        for state, crop in zip(("open", "closed"), plain[:2], strict=True):
            for number in range(6):
                name = f"{state}LeftEyes/Name{number}_0001_L.jpg"
                file.writestr(name, cv2.imencode(".jpg", crop)[1].tobytes())


def test_comparison_shows_real_eyes_on_the_left_and_no_test_people(tmp_path: Path) -> None:
    write_archives(tmp_path)
    sheet = comparison(tmp_path, lines=1)
    assert sheet.shape == (4 * (22 + 72), 2 * 720 + 24, 3)
    for block in range(4):
        real = sheet[94 * block + 22 : 94 * (block + 1), :720]
        np.testing.assert_allclose(real, 0 if block % 2 == CLOSED else 255, atol=2)
        assert sheet[94 * block + 22 : 94 * (block + 1), 744:].std() > 10


def test_comparison_shows_the_rendered_side_alone_when_there_are_no_archives(
    tmp_path: Path,
) -> None:
    write_archives(tmp_path)
    alone, both = comparison(None, lines=1), comparison(tmp_path, lines=1)
    assert alone.shape == (4 * (22 + 72), 720, 3)
    np.testing.assert_array_equal(alone[22:94], both[22:94, 744:])


def test_comparison_names_the_archive_when_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mrlEyes_2018_01"):
        comparison(tmp_path)
