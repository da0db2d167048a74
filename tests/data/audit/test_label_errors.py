from pathlib import Path

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


def test_find_label_errors_sets_a_person_aside_when_much_of_theirs_is_accused(
    tmp_path: Path,
) -> None:
    drawn = rows("drawn", crowd(10, 24))
    for row in drawn[:8]:
        row["label"] = 1 - row["label"]
    manifest = write_manifest(tmp_path / "set", drawn)
    suspects = find_label_errors(manifest, look(manifest), Limits())
    assert isinstance(suspects, Suspects)
    assert suspects.shares["drawn/p00"] == pytest.approx(8 / 24)
    assert not suspects.judged[suspects.rows < 8].any()
    assert suggest_corrections(manifest, suspects) == []
    strangers = check_label_errors(manifest, suspects, Limits())[1]
    assert strangers.numbers == {"people": 1, "accused": 8}


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
