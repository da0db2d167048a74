from pathlib import Path

import numpy as np
import pytest

from blink.contract import ConfigError
from blink.data.images import decode
from blink.evaluation.mistakes.exhibits import LARGEST_SIDE, exhibit
from blink.evaluation.mistakes.sheet import contact_sheet
from tests.evaluation.drawn import draw_manifest, predict


def test_contact_sheet_holds_every_crop_when_there_are_two_rows(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0] * 4)
    table = predict(manifest, [0.5] * 8)
    sheet = decode(contact_sheet(exhibit(manifest, table, table["id"])))
    one = decode(contact_sheet(exhibit(manifest, table, table["id"].iloc[:1])))
    tile = one[8 : 8 + LARGEST_SIDE, 8 : 8 + LARGEST_SIDE]
    np.testing.assert_array_equal(sheet[8 : 8 + LARGEST_SIDE, 8 : 8 + LARGEST_SIDE], tile)
    across = LARGEST_SIDE + 8
    down = one.shape[0] - 8
    assert sheet.shape == (8 + 2 * down, 8 + 6 * across, 3)
    darkest = [
        sheet[8 + row * down : 8 + row * down + LARGEST_SIDE, 8 + column * across :][:, :112].min()
        for row, column in [(n // 6, n % 6) for n in range(8)]
    ]
    assert max(darkest) < 60
    assert sheet[8 + down :, 8 + 2 * across :].min() == 255


def test_contact_sheet_is_the_same_when_drawn_twice(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, 0])
    shown = exhibit(manifest, predict(manifest, [0.5, 0.5]), manifest.table["id"])
    assert contact_sheet(shown) == contact_sheet(shown)


def test_contact_sheet_refuses_when_there_is_nothing_to_draw() -> None:
    with pytest.raises(ConfigError, match="at least one crop"):
        contact_sheet([])
