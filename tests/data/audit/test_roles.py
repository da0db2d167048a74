from dataclasses import replace
from pathlib import Path

import pytest

from blink.data.audit.duplicates import near_duplicates
from blink.data.audit.finding import Finding
from blink.data.audit.limits import Limits
from blink.data.audit.pictures import look
from blink.data.audit.roles import check_roles
from blink.data.manifest import Manifest
from blink.data.split import LeakyRows, Named, Split, SplitByPerson
from tests.data.audit.sets import Drawn, noisy, sized, written
from tests.data.drawing import eye

RULE = {"drawn": Named(["p00", "p01"])}


def checked(manifest: Manifest, split: Split) -> dict[str, Finding]:
    near = near_duplicates(manifest, look(manifest), Limits())
    return {finding.name: finding for finding in check_roles(manifest, split, near, Limits())}


def people(more: list[Drawn]) -> list[Drawn]:
    return [*sized(12, 8), *more]


def test_roles_are_clean_when_people_are_apart(tmp_path: Path) -> None:
    manifest = written(tmp_path / "set", people([]))
    found = checked(manifest, SplitByPerson(RULE).make(manifest))
    assert {finding.severity for finding in found.values()} == {"note"}
    assert found["near-duplicates-across-roles"].numbers["roles"]["test"]["of"] == 16


def test_roles_fail_by_people_when_the_split_is_by_crop(tmp_path: Path) -> None:
    manifest = written(tmp_path / "set", people([]))
    found = checked(manifest, LeakyRows(RULE).make(manifest))
    crossing = found["people-across-roles"]
    assert crossing.severity == "failure"
    assert crossing.numbers["people"] >= 10
    assert set(manifest.table["subject"].iloc[list(crossing.exhibits[0].rows)]) == {"p00"}
    assert found["exact-duplicates-across-roles"].severity == "note"


@pytest.mark.parametrize(
    ("noise", "name"),
    [(False, "exact-duplicates-across-roles"), (True, "near-duplicates-across-roles")],
)
def test_roles_fail_by_pictures_when_a_test_crop_is_trained_on_too(
    tmp_path: Path, noise: bool, name: str
) -> None:
    one = eye(900, False, 40)
    other = noisy(one, 1) if noise else one
    manifest = written(tmp_path / "set", people([(one, "p00", 0), (other, "p05", 0)]))
    split = SplitByPerson(RULE).make(manifest)
    found = checked(manifest, split)
    assert [n for n, finding in found.items() if finding.severity == "failure"] == [name]
    assert set(found[name].exhibits[0].rows) == {96, 97}


def test_roles_fail_by_pictures_when_a_validated_crop_is_nearly_trained_on(tmp_path: Path) -> None:
    one = eye(900, False, 40)
    crops = people([(one, "p05", 0), (noisy(one, 1), "p06", 0)])
    manifest = written(tmp_path / "set", crops)
    split = SplitByPerson(RULE).make(manifest)
    role = split.table["subject"].map({"p05": "val", "p06": "train"}).fillna(split.table["role"])
    found = checked(manifest, replace(split, table=split.table.assign(role=role)))
    near = found["near-duplicates-across-roles"]
    assert near.severity == "failure"
    assert near.numbers["roles"]["val"]["crops"] == 1
    assert near.numbers["roles"]["test"]["crops"] == 0
    assert set(near.exhibits[0].rows) == {96, 97}
