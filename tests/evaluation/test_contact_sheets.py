from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from blink.evaluation.contact_sheets import MOST_FAULTS, write_contact_sheets
from blink.evaluation.results import TestSet
from tests.evaluation.assessed import draw_study, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


@pytest.fixture
def test(tmp_path: Path) -> TestSet:
    people = draw_manifest(tmp_path / "people", [1, 0] * 20)
    return study(make_test_set(people, [("net", "net", [0.5] * 40)]))


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_contact_sheets_are_a_file_for_each_kind_when_there_are_mistakes(
    test: TestSet, tmp_path: Path
) -> None:
    sheets = write_contact_sheets(tmp_path / "run", make_report(test))
    assert [str(one.path.relative_to(tmp_path / "run" / "mistakes")) for one in sheets] == [
        "Drawn people/01-dark-blurred-crops-of-closed-eyes-glasses.png",
        "Drawn people/02-small-crops-of-open-eyes.png",
        "Drawn people/03-labels-that-may-be-wrong.png",
    ]
    assert [(one.test_set, one.title) for one in sheets[1:]] == [
        ("Drawn people", "small crops of open eyes"),
        ("Drawn people", "labels that may be wrong"),
    ]
    widths = [size_of(one.path)[0] for one in sheets]
    assert widths == [488, 248, 128], "four crops, two and one, side by side"


def test_contact_sheets_show_the_first_faults_when_many_labels_are_suspected(
    test: TestSet, tmp_path: Path
) -> None:
    ids = list(test.main.table["id"])
    mistakes = replace(draw_study(ids), kinds=(), label_faults=tuple(ids))
    (sheet,) = write_contact_sheets(tmp_path, make_report(study(test, mistakes=mistakes)))
    assert sheet.path.name == "01-labels-that-may-be-wrong.png"
    assert size_of(sheet.path)[1] == 8 + MOST_FAULTS // 6 * 148


def test_contact_sheets_are_none_when_nothing_was_noted_or_nothing_is_wrong(
    test: TestSet, tmp_path: Path
) -> None:
    nothing = replace(draw_study([]), kinds=(), label_faults=())
    assert write_contact_sheets(tmp_path, make_report(study(test, mistakes=nothing))) == []
    vars(test)["mistakes"] = None
    assert write_contact_sheets(tmp_path, make_report(test)) == []
    assert not (tmp_path / "mistakes").exists()
