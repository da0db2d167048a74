from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from blink.contract import DataError
from blink.data.split import ROLES, LeakyRows, Named, Split, SplitByPerson
from tests.data.drawing import crowd
from tests.data.split.sketching import sketch

TEST = {"drawn": Named(["p00", "p01"])}


def test_leaky_rows_has_the_honest_counts_of_each_class_but_shares_people() -> None:
    people = {f"p{number:02d}": [0] * number + [1] * (12 - number) for number in range(12)}
    manifest = sketch("drawn", people)
    honest, leaky = (kind(TEST, folds=3).make(manifest) for kind in (SplitByPerson, LeakyRows))
    found = {}
    for role in ROLES:
        fair, shuffled = (manifest.table.iloc[s.rows(manifest, role)] for s in (honest, leaky))
        assert fair["label"].value_counts().to_dict() == shuffled["label"].value_counts().to_dict()
        found[role] = set(shuffled["subject"])
    assert found["train"] & found["test"]
    assert len(found["train"]) == 12
    assert leaky.is_leaky
    assert not honest.is_leaky


def test_leaky_split_says_so_and_is_the_same_when_written_and_read(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    manifest = sketch("drawn", crowd(9))
    path = tmp_path_factory.mktemp("splits") / "leaky.csv"
    leaky = LeakyRows(TEST).make(manifest)
    leaky.write(path)
    assert path.read_text().startswith("# LEAKY")
    again = Split.read(path, manifest)
    assert again.fingerprint == leaky.fingerprint == LeakyRows(TEST).make(manifest).fingerprint
    assert LeakyRows(TEST, seed=1).make(manifest).fingerprint != leaky.fingerprint
    assert "LEAKY" in again.held_out
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[3], lines[2], *lines[4:]]))
    with pytest.raises(DataError, match="its crops are not the manifest's"):
        Split.read(path, manifest)
    path.write_text("".join(lines[:-1]))
    with pytest.raises(DataError, match="its crops are not the manifest's"):
        Split.read(path, manifest)


def test_leaky_rows_only_trains_on_people_unknown_when_others_are_known(tmp_path: Path) -> None:
    manifest = sketch("drawn", {**crowd(9), None: [0, 1] * 10})
    honest, leaky = (kind(TEST).make(manifest) for kind in (SplitByPerson, LeakyRows))
    is_unknown = manifest.table["subject"].isna()
    assert set(leaky.table["role"][is_unknown]) == {"train"}
    assert leaky.table["fold"][is_unknown].isna().all()
    for role in ROLES:
        assert len(leaky.rows(manifest, role)) == len(honest.rows(manifest, role))
    leaky.table.loc[is_unknown, "role"] = "test"
    leaky.write(tmp_path / "leaky.csv")
    with pytest.raises(DataError, match="tests on crops of people unknown"):
        Split.read(tmp_path / "leaky.csv", manifest)


@pytest.mark.parametrize("people", [crowd(9), {None: [0, 1] * 10}])
def test_leaky_rows_is_refused_when_nothing_is_tested(people: Mapping[Any, list[int]]) -> None:
    with pytest.raises(DataError, match="Give it a test rule"):
        LeakyRows({}).make(sketch("drawn", people))
