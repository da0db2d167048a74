from collections.abc import Callable
from pathlib import Path

import pytest

from blink.data.history.difference import EXAMPLES, Example, compare
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import Row, make_row
from tests.data.drawing import crowd, eye, rows


def written(folder: Path, crops: list[Row]) -> Manifest:
    return write_manifest(folder, crops)


@pytest.fixture
def before(tmp_path: Path) -> Manifest:
    """Twelve crops of three people."""
    return written(tmp_path / "before", rows("drawn", crowd(3)))


def changed(folder: Path, change: Callable[[list[Row]], list[Row]]) -> Manifest:
    return written(folder / "after", change(rows("drawn", crowd(3))))


def test_compare_finds_nothing_when_the_crops_are_the_same(
    tmp_path: Path, before: Manifest
) -> None:
    found = compare(before, changed(tmp_path, lambda crops: crops))

    assert found.is_none
    assert (found.same, found.columns, found.examples) == (12, {}, {})


def test_compare_counts_crops_when_some_came_and_others_went(
    tmp_path: Path, before: Manifest
) -> None:
    new = rows("new", {"n": [0, 1]})
    found = compare(before, changed(tmp_path, lambda crops: crops[8:] + new))

    ids = list(before.table["id"])
    assert (found.added, found.removed, found.changed, found.same) == (2, 8, 0, 4)
    assert found.added_ids == tuple(row["id"] for row in new)
    assert found.removed_ids == tuple(ids[:EXAMPLES])
    assert not found.reordered


def test_compare_names_columns_and_flips_when_crops_were_changed(
    tmp_path: Path, before: Manifest
) -> None:
    def change(crops: list[Row]) -> list[Row]:
        for number, label in ((0, 1), (2, 1), (3, 0), (5, None)):
            crops[number]["label"] = label
        crops[0]["glasses"] = "yes"
        return crops

    found = compare(before, changed(tmp_path, change))

    ids = list(before.table["id"])
    assert (found.changed, found.same) == (4, 8)
    assert found.columns == {"label": 4, "glasses": 1}
    assert found.flipped == {"closed → missing": 1, "closed → open": 1, "open → closed": 2}
    assert found.examples["glasses"] == (Example(ids[0], None, "yes"),)
    assert found.examples["label"][3] == Example(ids[5], 1, None)


def test_compare_sees_changed_pictures_when_only_the_pixels_differ(
    tmp_path: Path, before: Manifest
) -> None:
    def change(crops: list[Row]) -> list[Row]:
        crops[4] = make_row(
            "drawn", "4.png", encode_png(eye(99, False)), subject="p01", label=0, licence="drawn"
        )
        return crops

    found = compare(before, changed(tmp_path, change))

    assert (found.changed, dict(found.columns)) == (1, {"content_hash": 1})


def test_compare_sees_another_order_when_nothing_else_differs(
    tmp_path: Path, before: Manifest
) -> None:
    found = compare(before, changed(tmp_path, lambda crops: crops[::-1]))

    assert found.reordered
    assert not found.is_none
    assert (found.same, found.changed) == (12, 0)


def test_compare_tells_missing_from_text_when_they_look_alike(
    tmp_path: Path, before: Manifest
) -> None:
    def change(crops: list[Row]) -> list[Row]:
        crops[0]["sensor"] = "None"
        crops[1]["sensor"] = "nan"
        return crops

    assert compare(before, changed(tmp_path, change)).columns == {"sensor": 2}
