from pathlib import Path

import pytest

from blink.data.split import Hashed, Named, SplitByPerson
from blink.evaluation.origin import Origin
from tests.data.split.sketching import blanks, write

PROVENANCE = {
    "data": "mrl, cew (be0c0abfe702938b)",
    "split": "a0bdd007170c090d",
    "held_out": {"mrl": "2 people: s1, s2", "cew": "215 people"},
}


def test_of_provenance_finds_data_split_and_people_when_a_bundle_names_them() -> None:
    origin = Origin.of_provenance(PROVENANCE)
    assert origin.datasets == ("mrl", "cew")
    assert origin.split == "a0bdd007170c090d"
    assert not origin.is_leaky
    assert origin.names_held_out("mrl") == {"s1", "s2"}
    assert origin.names_held_out("cew") == set()
    assert origin.names_held_out("rendered") == set()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("2 people: s1, s2, tested on sensor IDS alone", {"s1", "s2"}),
        ("1 people: s1", {"s1"}),
        ("1 person: s1", {"s1"}),
        ("2 people: Smith, John, Lee, tested on sensor IDS alone", set()),
        ("215 people, tested on sensor IDS alone", set()),
    ],
)
def test_names_held_out_names_nobody_when_the_names_cannot_be_told_apart(
    said: str, names: set[str]
) -> None:
    origin = Origin.of_provenance(PROVENANCE | {"held_out": {"mrl": said}})
    assert origin.names_held_out("mrl") == names


def test_of_provenance_says_leaky_when_the_split_was() -> None:
    origin = Origin.of_provenance(PROVENANCE | {"split": "LEAKY a0bdd007170c090d"})
    assert origin.is_leaky
    assert origin.split == "a0bdd007170c090d"


@pytest.mark.parametrize(
    "provenance", [{}, {"data": {"mrl": "1"}, "held_out": ["p"]}, {"data": "mrl", "split": None}]
)
def test_of_provenance_knows_nothing_when_a_bundle_says_it_in_another_way(
    provenance: dict[str, object],
) -> None:
    origin = Origin.of_provenance(provenance)
    assert (origin.datasets, dict(origin.held_out)) == (None, {})


def test_split_in_finds_the_very_split_when_the_cache_still_holds_it(tmp_path: Path) -> None:
    manifest = write(blanks("drawn", {f"p{number}": [0, 1] for number in range(9)}))
    one, other = (SplitByPerson({"drawn": Hashed(3)}, folds=n).make(manifest) for n in (2, 3))
    for number, split in enumerate((one, other)):
        split.write(tmp_path / f"{manifest.fingerprint}-{number}.csv")
    origin = Origin(("drawn",), other.fingerprint)
    found = origin.split_in(tmp_path)
    assert found is not None
    assert found.fingerprint == other.fingerprint
    assert Origin(("drawn",), "0" * 16).split_in(tmp_path) is None
    by_people = Origin(("drawn",), everybody=other.held_out_hash).split_in(tmp_path)
    assert by_people is not None
    assert by_people.fingerprint == other.fingerprint


def test_split_in_leaves_out_what_is_no_split_when_it_lies_among_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = write(blanks("drawn", {f"p{number}": [0, 1] for number in range(9)}))
    split = SplitByPerson({"drawn": Hashed(3)}, folds=2).make(manifest)
    split.write(tmp_path / "b.csv")
    (tmp_path / "a.csv").write_text("no split")
    found = Origin(("drawn",), split.fingerprint).split_in(tmp_path)
    assert found is not None
    assert found.fingerprint == split.fingerprint
    assert "a.csv is no split" in caplog.text


def test_split_in_takes_the_very_split_when_another_holds_the_same_people_out(
    tmp_path: Path,
) -> None:
    people = {f"p{number}": [0, 1] for number in range(9)}
    manifest, larger = write(blanks("drawn", people)), write(blanks("drawn", people | {"p9": [0]}))
    rule = SplitByPerson({"drawn": Named(["p1", "p4"])}, folds=2)
    first, very = rule.make(larger), rule.make(manifest)
    first.write(tmp_path / "a.csv")
    very.write(tmp_path / "b.csv")
    origin = Origin(("drawn",), very.fingerprint, everybody=first.held_out_hash)
    found = origin.split_in(tmp_path)
    assert found is not None
    assert found.fingerprint == very.fingerprint
