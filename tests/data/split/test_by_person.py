import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from blink.contract import ConfigError, DataError
from blink.data.manifest import Manifest, write_manifest
from blink.data.split import ROLES, Hashed, Named, Share, Split, SplitByPerson
from tests.data.drawing import crowd, data_set, rows
from tests.data.split.sketching import sketch

NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
LABELS = st.lists(st.sampled_from([0, 1, None]), max_size=5).map(lambda more: [0, 1, *more])


def role_of(split: Split) -> dict[tuple[str, str], str]:
    columns = (split.table[name] for name in ("dataset", "subject", "role"))
    return {(dataset, subject): role for dataset, subject, role in zip(*columns, strict=True)}


def test_hashed_holds_one_in_five_when_the_modulus_is_five() -> None:
    names = [f"person {number}" for number in range(200)]
    wanted = [n for n in names if int(hashlib.sha256(n.encode()).hexdigest(), 16) % 5 == 0]
    assert [name for name in names if Hashed(5).holds(name)] == wanted
    assert 20 < len(wanted) < 60


def test_hashed_puts_everybody_on_one_side_when_all_remainders_are_taken() -> None:
    for number in range(50):
        assert sum(Hashed(3, remainder).holds(str(number)) for remainder in range(3)) == 1


@pytest.mark.parametrize(("modulus", "remainder"), [(1, 0), (5, 5), (5, -1)])
def test_hashed_is_refused_when_the_numbers_make_no_sense(modulus: int, remainder: int) -> None:
    with pytest.raises(ConfigError, match="remainder from 0"):
        Hashed(modulus, remainder)


def test_make_gives_named_people_to_test_and_one_fold_in_five_to_val(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "set", crowd(12))
    split = SplitByPerson({"drawn": Named(["p03", "p07"])}).make(manifest)
    roles = split.table.set_index("subject")["role"]
    assert roles[roles == "test"].index.tolist() == ["p03", "p07"]
    assert split.held_out == {"drawn": "2 people: p03, p07"}
    assert roles.value_counts().to_dict() == {"train": 8, "val": 2, "test": 2}
    folds = split.table.set_index("subject")["fold"]
    assert folds[roles == "test"].isna().all()
    assert (folds[roles == "val"] == 0).all()
    assert sorted(folds[roles == "train"]) == [1, 1, 2, 2, 3, 3, 4, 4]


def test_make_has_no_test_people_when_a_data_set_has_no_rule(tmp_path: Path) -> None:
    both = [*rows("a", crowd(10)), *rows("b", crowd(10))]
    manifest = write_manifest(tmp_path / "set", both)
    split = SplitByPerson({"b": Named(["p00"])}).make(manifest)
    tested = split.table[split.table["role"] == "test"]
    # p00 of `a` is another person than p00 of `b`.
    assert tested[["dataset", "subject"]].to_numpy().tolist() == [["b", "p00"]]
    assert set(split.table.loc[split.table["dataset"] == "a", "role"]) == {"train", "val"}


def test_make_gives_the_same_split_when_the_seed_is_the_same() -> None:
    manifest = sketch("drawn", crowd(30))
    prints = [SplitByPerson({}, seed=seed).make(manifest).fingerprint for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


def test_make_balances_what_a_test_rule_alone_names() -> None:
    manifest = sketch("drawn", crowd(30))
    split = SplitByPerson({"drawn": Share(0.2, balance=["gender", "glasses"])}).make(manifest)
    assert (split.table["role"] == "test").sum() == 6


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "one"])
def test_rule_is_refused_when_its_seed_is_none(seed: Any) -> None:
    for rule in (lambda: SplitByPerson({}, seed=seed), lambda: Share(0.2, seed=seed)):
        with pytest.raises(ConfigError, match=r"The seed is .*; name a whole number from 0 to"):
            rule()


def test_rule_is_refused_when_nobody_knows_what_it_balances() -> None:
    with pytest.raises(ConfigError, match="Cannot balance nonsense; the attributes are"):
        Share(0.2, balance=["nonsense"])


def test_make_takes_people_of_one_class_when_the_roles_still_have_both() -> None:
    people = {f"p{number:02d}": [number % 2] * 3 for number in range(20)}
    split = SplitByPerson({}).make(sketch("drawn", people))
    assert split.table["fold"].value_counts().to_dict() == dict.fromkeys(range(5), 4)


def test_make_keeps_half_closed_crops_but_does_not_count_them() -> None:
    people: dict[str, list[int | None]] = {**crowd(10), "only half": [None] * 9}
    manifest = sketch("drawn", people)
    split = SplitByPerson({}).make(manifest)
    assert role_of(split)["drawn", "only half"] in ("train", "val")
    assert sum(len(split.rows(manifest, role)) for role in ROLES) == 49


@settings(max_examples=25)
@given(people=st.dictionaries(NAMES, LABELS, min_size=6, max_size=12), folds=st.integers(2, 4))
def test_make_separates_people_when_anybody_comes(
    people: dict[str, list[int | None]], folds: int
) -> None:
    manifest = sketch("any", people)
    split = SplitByPerson({"any": Named(sorted(people)[:2])}, folds=folds).make(manifest)
    found = [split.rows(manifest, role) for role in ROLES]
    assert sorted(np.concatenate(found).tolist()) == list(range(len(manifest)))
    groups = [set(manifest.table["subject"].iloc[part]) for part in found]
    assert sum(map(len, groups)) == len(people)
    for part in found:
        assert (np.diff(part) > 0).all()
        assert set(manifest.table["label"].iloc[part].dropna()) == {0, 1}


@pytest.mark.parametrize(
    ("people", "fault"),
    [
        ({"a": [0, 1, 0, 1]}, r"drawn holds labelled crops of 1 person \(a\)"),
        ({"a": [0, 1], "b": [None]}, r"drawn holds labelled crops of 1 person \(a\)"),
        ({"a": [0, 0], "b": [0, None]}, "drawn holds one class only: all of its eyes are open"),
        ({"a": [1], "b": [1]}, "drawn holds one class only: all of its eyes are closed"),
        (crowd(4), "drawn: 4 people beside the test people, .* too few for 5 folds"),
        ({f"p{n}": [n == 0] * 3 for n in range(9)}, "3 crops in the smaller class"),
        ({f"p{n}": [n == 0] * 9 for n in range(9)}, "drawn: role '.*' has no crop of an eye"),
    ],
)
def test_make_names_the_data_set_when_it_cannot_be_split(
    people: dict[str, list[int | None]], fault: str
) -> None:
    with pytest.raises(DataError, match=fault):
        SplitByPerson({}).make(sketch("drawn", people))


def test_make_refuses_when_a_rule_names_nobody() -> None:
    with pytest.raises(DataError, match="names p99, but there is no such person"):
        SplitByPerson({"drawn": Named(["p01", "p99"])}).make(sketch("drawn", crowd(9)))


def test_make_refuses_when_a_rule_has_no_data_set() -> None:
    with pytest.raises(DataError, match="rule of 'mrl' has no data set: there are drawn"):
        SplitByPerson({"mrl": Hashed(5)}).make(sketch("drawn", crowd(9)))


def test_make_refuses_when_the_test_people_have_one_class() -> None:
    people = crowd(9) | {"p00": [1, 1]}
    with pytest.raises(DataError, match="role 'test' has no crop of an eye that is open"):
        SplitByPerson({"drawn": Named(["p00"])}).make(sketch("drawn", people))


def test_make_refuses_when_a_clip_crosses_roles() -> None:
    manifest = sketch("drawn", crowd(10), clip="all in one")
    with pytest.raises(DataError, match="clip drawn/all in one crosses roles"):
        SplitByPerson({}).make(manifest)


@settings(max_examples=15)
@given(names=st.lists(NAMES, min_size=6, max_size=9, unique=True))
def test_split_is_the_same_when_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    manifest = sketch("any, and # all", {name: [0, 1] for name in [*names, "NA", "1.0"]})
    split = SplitByPerson({"any, and # all": Named(["NA"])}, folds=3).make(manifest)
    path = tmp_path_factory.mktemp("splits") / "split.csv"
    split.write(path)
    again = Split.read(path, manifest)
    assert role_of(again) == role_of(split)
    assert again.fingerprint == split.fingerprint


def _saved(tmp_path: Path) -> tuple[Path, Manifest]:
    manifest = sketch("drawn", crowd(10))
    path = tmp_path / "split.csv"
    SplitByPerson({"drawn": Named(["p00"])}).make(manifest).write(path)
    return path, manifest


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("drawn,p01,", "drawn,p02,", "drawn/p02 stands twice"),
        ("drawn,p01,", "drawn,p11,", "drawn/p01 has no role"),
        ("\ndrawn,p09", "\ndrawn,p09,train,1\ndrawn,p10", "drawn/p10 is not in the manifest"),
        (",test,", ",exam,", "unknown roles exam; there are train, val, test"),
        ("subject", "person", "its columns must be"),
        ("of manifest ", "of manifest 0", "made for manifest 0"),
        (",val,0", ",val,zero", "no split, or a damaged one"),
        ("# people", "people", "no split"),
    ],
)
def test_read_names_the_fault_when_the_file_was_changed(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path, manifest = _saved(tmp_path)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=fault):
        Split.read(path, manifest)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"# people of manifest x\n"])
def test_read_says_so_when_the_file_is_no_split(tmp_path: Path, content: bytes) -> None:
    path, manifest = _saved(tmp_path)
    path.write_bytes(content)
    with pytest.raises(DataError, match="no split"):
        Split.read(path, manifest)


def test_read_says_so_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        Split.read(tmp_path / "none.csv", sketch("drawn", crowd(9)))


def test_rows_are_refused_when_the_manifest_or_the_role_is_another() -> None:
    manifest = sketch("drawn", crowd(9))
    split = SplitByPerson({}).make(manifest)
    with pytest.raises(DataError, match="not for ffff"):
        split.rows(replace(manifest, fingerprint="ffff"), "train")
    with pytest.raises(ConfigError, match="no role 'exam'"):
        split.rows(manifest, "exam")


def test_split_by_person_is_the_same_when_it_comes_from_a_config() -> None:
    names = OmegaConf.create(["s1", "s2"])
    plain: dict[str, Any] = {"b": Hashed(5), "a": Named(("s1", "s2"))}
    configured: dict[str, Any] = {"a": Named(names), "b": Hashed(5)}
    assert SplitByPerson(plain) == SplitByPerson(configured)
    assert repr(SplitByPerson(plain)) == repr(SplitByPerson(configured))
    assert "ListConfig" not in repr(SplitByPerson(configured))


@pytest.mark.parametrize("rule", [{"modulus": 5}, None, "p01"])
def test_split_by_person_is_refused_when_a_rule_is_none(rule: Any) -> None:
    with pytest.raises(ConfigError, match="_convert_: all"):
        SplitByPerson({"drawn": rule})


def test_split_by_person_is_refused_when_there_is_one_fold() -> None:
    with pytest.raises(ConfigError, match="2 folds or more, not 1"):
        SplitByPerson({}, folds=1)
