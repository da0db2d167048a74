import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blink.contract import ConfigError, DataError
from blink.data.images import encode_png
from blink.data.importers import annotated as reading
from blink.data.importers.coco import CocoEyes
from tests.data.drawing import eye
from tests.data.importers.miniature import annotated, coco, face
from tests.data.importers.skipped import skipped

OPEN_EYE, CLOSED_EYE = eye(1, False), eye(2, True)
PHOTO = face({(10, 20): OPEN_EYE, (100, 20): CLOSED_EYE})
IMAGE = {"id": 7, "file_name": "anna_1.png", "width": 160, "height": 120}
BOXES = [
    {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 24, 24], "iscrowd": 0},
    {"id": 2, "image_id": 7, "category_id": 2, "bbox": [99.6, 20.4, 24.0, 24.0]},
]
BY_NAME: dict[str, Any] = {"subject_from": "([a-z]+)_"}


def _box(number: int, **changed: Any) -> dict[str, Any]:
    return {"id": number, "image_id": 7, "category_id": 1, "bbox": [10, 20, 24, 24]} | changed


def test_coco_cuts_every_box_when_they_are_on_faces(tmp_path: Path) -> None:
    unused = {"id": 8, "file_name": "nobody.png", "width": 1, "height": 1}
    path = annotated(tmp_path / "in", coco([unused, IMAGE], BOXES), {"anna_1.png": PHOTO})
    manifest = CocoEyes(path, **BY_NAME).write(tmp_path / "set")
    assert manifest.table["label"].tolist() == [0, 1]
    assert set(manifest.table["subject"]) == {"anna"}
    assert set(manifest.table["dataset"]) == {"eyes"}
    for crop, drawn in zip(manifest.crops(), (OPEN_EYE, CLOSED_EYE), strict=True):
        np.testing.assert_array_equal(crop, drawn)
    assert not (manifest.folder / "skipped.csv").exists()


def test_coco_takes_whole_pictures_when_no_annotation_has_a_box(tmp_path: Path) -> None:
    images: list[dict[str, Any]] = [{"id": n, "file_name": f"crops/p{n}_1.png"} for n in range(3)]
    said: list[dict[str, Any]] = [
        {"id": 10, "image_id": 2, "category_id": 2},
        {"id": 11, "image_id": 0, "category_id": 1, "bbox": []},
        {"id": 12, "image_id": 1, "category_id": 1},
        {"id": 13, "image_id": 1, "category_id": 2},
    ]
    pictures = {f"crops/p{n}_1.png": encode_png(eye(n, False)) for n in range(3)}
    path = annotated(tmp_path / "in", coco(images, said), pictures)
    manifest = CocoEyes(path, subject_from="(p[0-9])_").write(tmp_path / "set")
    assert manifest.table["label"].fillna(-1).tolist() == [0, -1, 1]
    assert manifest.table["subject"].tolist() == ["p0", "p1", "p2"]
    assert list(manifest.encoded()) == list(pictures.values())


def test_coco_makes_one_crop_when_annotations_have_the_same_box(tmp_path: Path) -> None:
    said = [
        _box(1),
        _box(2, bbox=[100, 20, 24, 24], category_id=2),
        _box(3, bbox=[10.2, 19.8, 24, 24], category_id=2),
        _box(4, bbox=[99.6, 20.4, 24.0, 24.0], category_id=2),
    ]
    path = annotated(tmp_path / "in", coco([IMAGE], said), {"anna_1.png": PHOTO})
    manifest = CocoEyes(path, **BY_NAME).write(tmp_path / "set")
    assert manifest.table["label"].fillna(-1).tolist() == [-1, 1]
    for crop, drawn in zip(manifest.crops(), (OPEN_EYE, CLOSED_EYE), strict=True):
        np.testing.assert_array_equal(crop, drawn)


def test_coco_lists_a_fault_when_one_box_is_of_two_people(tmp_path: Path) -> None:
    said = [
        _box(1, attributes={"person": "anna"}),
        _box(2, attributes={"person": "ben"}),
        _box(3, attributes={"person": "ben"}, bbox=[100, 20, 24, 24], category_id=2),
    ]
    path = annotated(tmp_path / "in", coco([IMAGE], said), {"anna_1.png": PHOTO})
    table = CocoEyes(path, subject_in="attributes.person").write(tmp_path / "set").table
    assert table["label"].tolist() == [1]
    assert skipped(tmp_path / "set") == {"anna_1.png#1": "its annotations name different people"}


def test_coco_reads_label_and_person_from_attributes_when_told(tmp_path: Path) -> None:
    images = [IMAGE | {"attributes": {"person": "anna"}}]
    said = [
        _box(1, category_id=3, attributes={"shut": True}),
        _box(2, category_id=3, attributes={"shut": False, "person": "ben"}, bbox=[100, 20, 24, 24]),
    ]
    path = annotated(tmp_path / "in", coco(images, said), {"anna_1.png": PHOTO})
    told: dict[str, Any] = {
        "state": {"true": "closed", "false": "open"},
        "subject_in": "attributes.person",
    }
    table = CocoEyes(path, label_in="attributes.shut", **told).write(tmp_path / "set").table
    assert table["label"].tolist() == [1, 0]
    assert table["subject"].tolist() == ["anna", "ben"]


def test_coco_passes_over_categories_when_they_are_no_eyes(tmp_path: Path) -> None:
    path = annotated(
        tmp_path / "in",
        coco([IMAGE], [_box(1), _box(2, category_id=3, bbox=[0, 0, 160, 120])]),
        {"anna_1.png": PHOTO},
    )
    table = CocoEyes(path, eyes="open|closed", **BY_NAME).write(tmp_path / "set").table
    assert table["label"].tolist() == [0]
    assert not (tmp_path / "set" / "skipped.csv").exists()


def test_coco_ends_the_same_when_the_pictures_lie_elsewhere(tmp_path: Path) -> None:
    near = annotated(tmp_path / "in", coco([IMAGE], BOXES), {"anna_1.png": PHOTO})
    far = annotated(tmp_path / "json", coco([IMAGE], BOXES), {})
    first, second = CocoEyes(near, **BY_NAME), CocoEyes(far, images=tmp_path / "in", **BY_NAME)
    assert first.write(tmp_path / "1").fingerprint == second.write(tmp_path / "2").fingerprint
    assert "images" not in second.options


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"bbox": [150, 20, 24, 24]}, "lies outside of its picture"),
        ({"bbox": [500, 500, 24, 24]}, "lies outside of its picture"),
        ({"bbox": [-1e300, 0, 1e300, 24]}, "should be a number"),
        ({"bbox": [10, 20, -24, 24]}, "its box has no inside"),
        ({"bbox": [10, 20, 24, 0]}, "its box has no inside"),
        ({"bbox": [10, 20, 0.2, 0.2]}, "smaller than one of its pixels"),
        ({"bbox": [10, 20, "24", 24]}, "should be a number"),
        ({"bbox": [10, 20, True, 24]}, "should be a number"),
        ({"bbox": [10, 20, 24]}, "a box has four sides, not 3"),
        ({"bbox": {"x": 1}}, "bbox should be a list, not a mapping"),
        ({"iscrowd": 1}, "a crowd is no eye"),
        ({"attributes": {"rotation": 12.5}}, "its box is rotated"),
        ({"attributes": [1]}, "attributes should be a mapping, not a list"),
        ({"category_id": 9}, "there is no category 9"),
        ({"category_id": True}, "category_id should be a whole number, not true"),
        ({"category_id": 3}, "'face' is no known state of an eye"),
    ],
)
def test_coco_lists_a_fault_when_an_annotation_is_no_crop(
    tmp_path: Path, changed: dict[str, Any], fault: str
) -> None:
    path = annotated(
        tmp_path / "in", coco([IMAGE], [*BOXES, _box(3, **changed)]), {"anna_1.png": PHOTO}
    )
    table = CocoEyes(path, **BY_NAME).write(tmp_path / "set").table
    assert table["label"].tolist() == [0, 1]
    faults = skipped(tmp_path / "set")
    assert list(faults) == ["annotation 3"]
    assert fault in faults["annotation 3"]


def test_coco_clips_a_box_when_it_juts_out_by_less_than_half(tmp_path: Path) -> None:
    said = [_box(1, bbox=[-4, -4, 24, 24]), _box(2, bbox=[140.4, 100, 30, 30])]
    path = annotated(tmp_path / "in", coco([IMAGE], said), {"anna_1.png": PHOTO})
    table = CocoEyes(path, **BY_NAME).write(tmp_path / "set").table
    assert table[["width", "height"]].to_numpy().tolist() == [[20, 20]]
    assert "lies outside" in skipped(tmp_path / "set")["annotation 2"]


def test_coco_refuses_a_box_when_it_was_drawn_on_another_size(tmp_path: Path) -> None:
    images = [IMAGE, IMAGE | {"id": 8, "file_name": "ben_1.png", "width": 320, "height": 240}]
    path = annotated(
        tmp_path / "in",
        coco(images, [*BOXES, _box(3, image_id=8)]),
        {"anna_1.png": PHOTO, "ben_1.png": PHOTO},
    )
    table = CocoEyes(path, **BY_NAME).write(tmp_path / "set").table
    assert set(table["subject"]) == {"anna"}
    assert (
        "160×120 pixels, its box was drawn on (320, 240)" in skipped(tmp_path / "set")["ben_1.png"]
    )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../secret_1.png", "no place below the folder"),
        ("/etc/secret_1.png", "no place below the folder"),
        ("a\\secret_1.png", "no place below the folder"),
        ("", "its path is left out"),
        (5, "file_name should be text, not 5"),
        ("\ud800_1.png", "is no name"),
        ("missing_1.png", "cannot be read"),
        ("anna_1.png", "an image before it has the same file"),
    ],
)
def test_coco_lists_a_fault_when_an_image_is_no_file_below_the_root(
    tmp_path: Path, name: Any, fault: str
) -> None:
    (tmp_path / "secret_1.png").write_bytes(PHOTO)
    images = [IMAGE, IMAGE | {"id": 8, "file_name": name}]
    path = annotated(
        tmp_path / "in", coco(images, [*BOXES, _box(3, image_id=8)]), {"anna_1.png": PHOTO}
    )
    table = CocoEyes(path, **BY_NAME).write(tmp_path / "set").table
    assert set(table["subject"]) == {"anna"}
    assert len(table) == 2
    assert fault in " ".join(skipped(tmp_path / "set").values())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "is no JSON that can be read"),
        ("[" * 100_000, "is no JSON that can be read"),
        ('{"images": [NaN]}', "NaN is no number"),
        ("9" * 5000, "is no JSON that can be read"),
        ("[]", "eyes.json is a list, .* blink data import labelstudio"),
        ("{}", "images should be a list, not nothing"),
        (json.dumps(coco([IMAGE, IMAGE], [])), r"images\[1\] repeats the id 7"),
        ('{"images": [3]}', r"images\[0\] should be a mapping, not 3"),
        (json.dumps(coco([IMAGE], [])), "holds no picture"),
    ],
)
def test_coco_refuses_the_file_when_it_is_none(tmp_path: Path, content: str, fault: str) -> None:
    (tmp_path / "eyes.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=fault) as caught:
        CocoEyes(tmp_path / "eyes.json", **BY_NAME).write(tmp_path / "out" / "set")
    assert "eyes.json" in str(caught.value)
    assert not (tmp_path / "out" / "set").exists()


def test_coco_refuses_the_file_when_it_is_larger_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = annotated(tmp_path / "in", coco([IMAGE], BOXES), {"anna_1.png": PHOTO})
    monkeypatch.setattr(reading, "LARGEST_JSON", path.stat().st_size - 1)
    with pytest.raises(DataError, match="Export it in parts"):
        CocoEyes(path, **BY_NAME).write(tmp_path / "set")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"subject_in": "attributes.person", "subject_from": "(.)"},
        {"subject_in": "person"},
        {"subject_from": "(.)", "label_in": "state"},
        {"subject_from": "(.)", "eyes": "("},
    ],
)
def test_coco_refuses_options_when_they_contradict(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "eyes.json"
    path.touch()
    with pytest.raises(ConfigError):
        CocoEyes(path, **options)
