from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blink.contract import DataError
from blink.data.images import encode_png
from blink.data.importers.labelstudio import LabelStudioEyes
from tests.data.drawing import eye
from tests.data.importers.miniature import annotated, choice, face, rectangle, task
from tests.data.importers.skipped import skipped

OPEN_EYE, CLOSED_EYE = eye(1, False), eye(2, True)
PHOTO = face({(16, 24): OPEN_EYE, (96, 24): CLOSED_EYE})
LEFT, RIGHT = (10.0, 20.0, 15.0, 20.0), (60.0, 20.0, 15.0, 20.0)
CROP = encode_png(OPEN_EYE)


def _write(tmp_path: Path, tasks: list[Any], pictures: dict[str, bytes], **options: Any) -> Any:
    path = annotated(tmp_path / "in", tasks, pictures)
    told = {"subject_from": "([a-z]+)_"} | options
    return LabelStudioEyes(path, **told).write(tmp_path / "set")


def test_labelstudio_cuts_percent_boxes_to_pixels_when_they_are_on_faces(tmp_path: Path) -> None:
    tasks = [task("anna_1.png", [rectangle("l", "open", LEFT), rectangle("r", "closed", RIGHT)])]
    manifest = _write(tmp_path, tasks, {"anna_1.png": PHOTO})
    assert manifest.table["label"].tolist() == [0, 1]
    for crop, drawn in zip(manifest.crops(), (OPEN_EYE, CLOSED_EYE), strict=True):
        np.testing.assert_array_equal(crop, drawn)


def test_labelstudio_takes_the_whole_picture_when_choices_are_about_it(tmp_path: Path) -> None:
    tasks = [
        task("anna_1.png", [choice("Open")], who="A"),
        task("ben_1.png", [choice("Shut")], who="B"),
        task("carl_1.png", [], who="C"),
    ]
    pictures = {f"{name}_1.png": CROP for name in ("anna", "ben", "carl")}
    told = {"state": {"Shut": "closed"}, "subject_in": "who", "subject_from": None}
    table = _write(tmp_path, tasks, pictures, **told).table
    assert table["label"].tolist() == [0, 1]
    assert table["subject"].tolist() == ["A", "B"]


def test_labelstudio_knows_no_label_when_annotators_disagree(tmp_path: Path) -> None:
    cancelled = task("d_1.png", [choice("open")], [choice("closed")])
    cancelled["annotations"][1]["was_cancelled"] = True
    tasks = [
        task("a_1.png", [choice("open")], [choice("open")]),
        task("b_1.png", [choice("open")], [choice("closed")]),
        task("c_1.png", [choice("closed")], []),
        cancelled,
    ]
    pictures = {f"{name}_1.png": CROP for name in "abcd"}
    table = _write(tmp_path, tasks, pictures).table
    assert table["label"].fillna(-1).tolist() == [0, -1, 1, 0]


def test_labelstudio_matches_boxes_when_several_annotators_drew_them(tmp_path: Path) -> None:
    moved = (11.0, 20.0, 15.0, 20.0)
    first = [rectangle("a", "open", LEFT), rectangle("b", "closed", RIGHT)]
    second = [rectangle("c", "open", RIGHT), rectangle("d", "open", moved)]
    alone = [rectangle("e", "open", (60, 60, 10, 20))]
    tasks = [task("anna_1.png", first, [*second, *alone])]
    manifest = _write(tmp_path, tasks, {"anna_1.png": PHOTO})
    assert manifest.table["label"].fillna(-1).tolist() == [0, -1, -1]
    np.testing.assert_array_equal(next(manifest.crops()), OPEN_EYE)


def test_labelstudio_reads_the_choice_of_a_box_when_there_is_one(tmp_path: Path) -> None:
    boxes = [rectangle("l", "eye", LEFT), rectangle("f", "face", (0, 0, 100, 100))]
    of_box = rectangle("l", "", LEFT) | {"type": "choices", "from_name": "state"}
    of_box["value"] = of_box["value"] | {"choices": ["closed"]}
    tasks = [task("anna_1.png", [*boxes, of_box, choice("sharp", "quality")])]
    told = {"eyes": "eye", "label_in": "state"}
    manifest = _write(tmp_path, tasks, {"anna_1.png": PHOTO}, **told)
    assert manifest.table["label"].tolist() == [1]
    assert manifest.table["width"].tolist() == [24]


@pytest.mark.parametrize(
    ("address", "member"),
    [
        ("/data/local-files/?d=eyes/anna/anna_1.png", "anna/anna_1.png"),
        ("/data/local-files/?d=eyes%2Fanna%2Fanna_1.png", "anna/anna_1.png"),
        ("/data/local-files/?d=eyes\\anna\\anna_1.png", "anna/anna_1.png"),
        ("/data/upload/3/0a1b2c3d-anna_1.png", "anna_1.png"),
        ("/data/upload/3/0a1b2c3d-anna_1.png", "media/0a1b2c3d-anna_1.png"),
        ("https://example.org/bucket/anna/anna_1.png?token=x", "anna/anna_1.png"),
        ("s3://bucket/anna%20b/anna_1.png", "anna b/anna_1.png"),
        ("anna_1.png", "deep/er/anna_1.png"),
    ],
)
def test_labelstudio_finds_the_file_when_the_address_ends_as_it_does(
    tmp_path: Path, address: str, member: str
) -> None:
    manifest = _write(tmp_path, [task(address, [choice("open")])], {member: CROP})
    assert list(manifest.encoded()) == [CROP]


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("/data/local-files/?d=b/anna_1.png", "no file fits it"),
        ("anna_1.png", "several files fit it"),
        ("../../etc/passwd", "no file fits it"),
        ("https://example.org/never.png", "nothing is fetched"),
        ("https://[broken", "is no address"),
        (7, "image should be text, not 7"),
    ],
)
def test_labelstudio_refuses_a_picture_when_it_is_not_clear_which(
    tmp_path: Path, address: Any, fault: str
) -> None:
    tasks = [task("good_1.png", [choice("open")]), task(address, [choice("closed")])]
    pictures = dict.fromkeys(("good_1.png", "a/anna_1.png", "c/anna_1.png"), CROP)
    assert _write(tmp_path, tasks, pictures).table["label"].tolist() == [0]
    assert fault in skipped(tmp_path / "set")["[1]"]


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (rectangle("x", "open", LEFT, image_rotation=90), "its box is rotated"),
        (rectangle("x", "open", (10, 20, -5, 5)), "its box has no inside"),
        (rectangle("x", "open", (95, 20, 15, 20)), "lies outside of its picture"),
        (rectangle("x", "open", (1e200, 20, 15, 20)), "x should be a number"),
        (
            rectangle("x", "open", LEFT, original_width=None),
            "original_width should be a whole number, not nothing",
        ),
        (rectangle("x", "open", LEFT, original_width=2**40), "no picture has"),
        (rectangle("x", "half", LEFT), "'half' is no known state"),
        (rectangle("x", "open", LEFT, value={"width": 3}), "one answer was expected, not 0"),
        (rectangle("x", "open", LEFT, value=[]), "should be a mapping, not a list"),
    ],
)
def test_labelstudio_lists_a_fault_when_a_box_is_no_crop(
    tmp_path: Path, result: dict[str, Any], fault: str
) -> None:
    tasks = [task("anna_1.png", [rectangle("l", "open", LEFT)]), task("ben_1.png", [result])]
    table = _write(tmp_path, tasks, {"anna_1.png": PHOTO, "ben_1.png": PHOTO}).table
    assert table["subject"].tolist() == ["anna"]
    assert fault in " ".join(skipped(tmp_path / "set").values())


def test_labelstudio_refuses_answers_when_picture_and_boxes_both_have_one(tmp_path: Path) -> None:
    both = [choice("closed"), rectangle("l", "open", LEFT)]
    tasks = [task("anna_1.png", both), task("ben_1.png", [choice("open")])]
    _write(tmp_path, tasks, {"anna_1.png": PHOTO, "ben_1.png": CROP})
    assert "see --label-in" in skipped(tmp_path / "set")["[0]"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"tasks": []}, "should be a list, not a mapping"),
        ({"images": [], "annotations": []}, "COCO's format, .* blink data import coco"),
        ([{"image": "anna_1.png", "choice": "open"}], "annotations should be a list, not nothing"),
        ([[]], "it should be a mapping"),
    ],
)
def test_labelstudio_refuses_the_file_when_it_is_another_export(
    tmp_path: Path, content: Any, fault: str
) -> None:
    with pytest.raises(DataError, match=fault):
        _write(tmp_path, content, {"anna_1.png": CROP})
