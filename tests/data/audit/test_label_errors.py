from pathlib import Path

import numpy as np
import pytest

from blink.data.audit.audit import audit, suggest_corrections
from blink.data.audit.label_errors import (
    Suspects,
    check_label_errors,
    find_label_errors,
)
from blink.data.audit.limits import Limits
from blink.data.audit.page import render_page
from blink.data.audit.pictures import Pictures, look
from blink.data.audit.swapped import find_swapped
from blink.data.manifest import Manifest, write_manifest
from tests.data.drawing import crowd, rows

WRONG = (3, 50, 121)
UNKNOWN = 80


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Pictures]:
    """Twenty people, three of whose labels are turned and one is missing."""
    drawn = rows("drawn", crowd(20, 8))
    for row in WRONG:
        drawn[row]["label"] = 1 - drawn[row]["label"]
    drawn[UNKNOWN]["label"] = None
    manifest = write_manifest(tmp_path_factory.mktemp("spoilt") / "set", drawn)
    return manifest, look(manifest)


def test_find_label_errors_accuses_the_turned_labels_when_three_are(
    spoilt: tuple[Manifest, Pictures],
) -> None:
    suspects = find_label_errors(*spoilt, Limits())
    assert isinstance(suspects, Suspects)
    assert sorted(suspects.rows.tolist()) == sorted(WRONG)
    assert suspects.judged.all()
    assert suspects.auc > 0.9
    listed = suggest_corrections(spoilt[0], suspects)
    assert {(one.row, one.given, one.suggested) for one in listed} == {
        (row, 1 - row % 2, row % 2) for row in WRONG
    }
    assert all(one.score is not None and one.score < 0.5 for one in listed)  # of the label given
    (finding,) = check_label_errors(spoilt[0], suspects, Limits())
    assert finding.severity == "warning"
    assert finding.numbers["labels"] == 159
    assert {exhibit.rows[0] for exhibit in finding.exhibits} == set(WRONG)


def test_find_label_errors_accuses_nobody_when_the_classifier_is_too_weak(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "set", rows("drawn", crowd(10, 4)))
    suspects = find_label_errors(manifest, look(manifest), Limits(label_auc=1.01))
    assert isinstance(suspects, str)
    assert "must reach 1.01" in suspects
    assert suggest_corrections(manifest, suspects) == []


def test_find_label_errors_accuses_nobody_when_people_are_few(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "set", rows("drawn", crowd(4, 20)))
    suspects = find_label_errors(manifest, look(manifest), Limits())
    assert suspects == (
        "it takes 20 labelled crops of each class and 5 people; there are 40 of the smaller class "
        "and 4 people"
    )


def test_find_label_errors_tells_a_person_swapped_from_one_set_aside_when_much_is_accused(
    tmp_path: Path,
) -> None:
    drawn = rows("drawn", crowd(10, 24))
    for row in [*drawn[:8], *drawn[24:48]]:
        row["label"] = 1 - row["label"]
    drawn[24]["label"] = None
    manifest = write_manifest(tmp_path / "set", drawn)
    suspects = find_label_errors(manifest, look(manifest), Limits())
    assert isinstance(suspects, Suspects)
    assert suspects.shares["drawn/p00"] == pytest.approx(8 / 24)
    assert not suspects.judged[suspects.rows < 8].any()
    assert {who: places.tolist() for who, places in suspects.swapped.items()} == {
        "drawn/p01": list(range(25, 48))
    }
    listed = suggest_corrections(manifest, suspects)
    assert [one.row for one in listed[:23]] == list(range(25, 48))
    assert {one.reason for one in listed[:23]} == {"open and closed look swapped"}
    assert {one.reason for one in listed[23:]} <= {"likely label error"}
    _, swapped, strangers = check_label_errors(manifest, suspects, Limits())
    assert swapped.severity == "warning"
    assert swapped.summary.startswith("Of drawn/p01 most labels of both classes contradict")
    assert swapped.numbers == {"people": 1, "crops": 23, "names": ["drawn/p01"]}
    said = "Labelled open, open, open, closed, closed, closed: drawn/p01"
    assert [exhibit.caption for exhibit in swapped.exhibits] == [said]
    assert strangers.numbers == {"people": 1, "accused": 8}
    assert strangers.summary.startswith("Of drawn/p00 more than 10 % of the labels are accused")


@pytest.mark.parametrize(
    ("accused", "found"),
    [
        ([*range(7), *range(10, 17)], True),
        ([*range(6), *range(10, 20)], False),  # a stranger, all of whose eyes look closed
        (range(10), False),
    ],
)
def test_find_swapped_takes_both_classes_when_a_person_is_accused(
    accused: list[int], found: bool
) -> None:
    labels = np.repeat([0, 1, 0, 1], [10, 10, 4, 4])
    people = np.repeat(["a", "b"], [20, 8])
    accused = [*accused, *range(20, 28)]  # b has too few of either class
    swapped = find_swapped(labels, people, np.array(accused), Limits())
    assert list(swapped) == (["a"] if found else [])


def test_audit_suggests_drops_when_one_picture_has_two_labels(tmp_path: Path) -> None:
    drawn = rows("drawn", crowd(3))
    drawn[1] |= {name: drawn[0][name] for name in ("image", "content_hash")}
    manifest = write_manifest(tmp_path / "set", drawn)
    found = audit(manifest)
    assert [(one.row, one.action) for one in found.corrections] == [(0, "drop"), (1, "drop")]
    order = [finding.severity for finding in found.findings]
    assert order == sorted(order, key=["failure", "warning", "note"].index)
    page = render_page(found, manifest)
    assert page == render_page(found, manifest)
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("What to do") == len(found.findings)  # every finding has its advice
