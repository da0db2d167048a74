from pathlib import Path
from unittest.mock import Mock

import pytest

from blink.data.audit.duplicates import check_duplicates, near_duplicates
from blink.data.audit.finding import Finding
from blink.data.audit.limits import Limits
from blink.data.audit.near import find_near
from blink.data.audit.pictures import look
from blink.data.manifest import Manifest
from tests.data.audit.sets import noisy, sized, written
from tests.data.drawing import eye


def checked(manifest: Manifest) -> dict[str, Finding]:
    near = near_duplicates(manifest, look(manifest), Limits())
    return {finding.name: finding for finding in check_duplicates(manifest, near)}


def test_duplicates_are_none_when_all_pictures_differ(tmp_path: Path) -> None:
    found = checked(written(tmp_path / "set", sized(3, 10)))
    assert {finding.severity for finding in found.values()} == {"note"}
    assert not any(finding.exhibits for finding in found.values())


def test_duplicates_count_pictures_and_conflicts_when_some_stand_twice(tmp_path: Path) -> None:
    one, two, three = (eye(seed, False) for seed in range(3))
    crops = [(one, "a", 0), (two, "a", 0), (one, "b", 1), (three, "b", 1), (three, "b", None)]
    manifest = written(tmp_path / "set", [*crops, (three, "a", 1)])
    found = checked(manifest)
    assert found["exact-duplicates"].numbers == {"pictures": 2, "crops": 5, "surplus": 3}
    conflicts = found["label-conflicts"]
    assert conflicts.severity == "warning"
    assert conflicts.summary.startswith("1 picture (2 crops) is labelled open in one place")
    assert conflicts.exhibits[0].rows == (0, 2)
    assert conflicts.exhibits[0].caption == "Labelled open, closed"
    # A label that is not known contradicts nothing.
    assert conflicts.numbers["pictures"] == 1
    assert conflicts.numbers["ids"] == [manifest.table["id"].iloc[[0, 2]].tolist()]
    assert found["near-duplicates"].numbers["crops"] == 0


def test_duplicates_fail_when_one_picture_stands_under_two_people(tmp_path: Path) -> None:
    one, two, three = (eye(seed, False) for seed in range(3))
    crops = [(one, "a", 0), (one, "b", 0), (two, "b", 0), (two, "a", 0), (three, "c", 0)]
    found = checked(written(tmp_path / "set", [*crops, (three, "c", 0), (one, None, 0)]))
    people = found["one-picture-of-two-people"]
    assert people.severity == "failure"
    assert people.summary.startswith("2 pictures (5 crops) stand under two people or more, such")
    assert people.numbers["pairs"] == [("drawn/a", "drawn/b", 2)]
    assert people.numbers["half_known"] == 0
    assert people.exhibits[0].rows == (0, 1, 6)
    assert people.exhibits[0].caption == "Under drawn/a, drawn/b"


def test_duplicates_count_in_the_singular_when_one_picture_stands_twice(tmp_path: Path) -> None:
    one = eye(0, False)
    found = checked(written(tmp_path / "set", [(one, "a", 0), (one, "b", 0)]))
    assert found["exact-duplicates"].summary.startswith("1 picture stands more than once: 2 of 2")
    people = found["one-picture-of-two-people"].summary
    assert people.startswith("1 picture (2 crops) stands under two people or more, such as drawn/a")


def test_duplicates_warn_when_one_picture_stands_under_a_person_and_nobody(tmp_path: Path) -> None:
    one, two = (eye(seed, False) for seed in range(2))
    crops = [(one, "a", 0), (one, None, 0), (one, "a", 0), (two, None, 0), (two, None, 0)]
    people = checked(written(tmp_path / "set", crops))["one-picture-of-two-people"]
    assert people.severity == "warning"
    assert people.summary.startswith("1 picture stands under a person and under nobody")


def test_near_duplicates_are_clustered_when_a_stretch_of_frames_is_alike(tmp_path: Path) -> None:
    frames = [(noisy(eye(1, False, 40), seed), "a", 0) for seed in range(4)]
    odd = [(noisy(eye(1, False, 40), 9), "a", 1), (eye(7, True, 40), "a", 1)]
    found = checked(written(tmp_path / "set", [*frames, *odd]))
    assert found["near-duplicates"].numbers["crops"] == 5
    assert found["near-duplicates"].numbers["clusters"] == 1
    conflicts = found["near-label-conflicts"]
    assert conflicts.severity == "warning"
    assert (conflicts.numbers["crops"], conflicts.numbers["pairs"]) == (5, 4)
    assert {exhibit.rows[1] for exhibit in conflicts.exhibits} == {4}


def test_near_duplicates_compare_a_picture_once_when_it_stands_many_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = eye(1, False, 40)
    other = noisy(one, 1)
    compare = Mock(wraps=find_near)
    monkeypatch.setattr("blink.data.audit.duplicates.find_near", compare)
    crops = [(picture, "a", 0) for picture in (one, other, one, other, other)]
    manifest = written(tmp_path / "set", crops)
    near = near_duplicates(manifest, look(manifest), Limits())
    pairs = [(0, 1), (0, 3), (0, 4), (1, 2), (2, 3), (2, 4)]
    assert list(zip(near.left, near.right, strict=True)) == pairs
    assert (near.likeness > 0.98).all()
    assert len(compare.call_args.args[0]) == 2
