from typing import Any

import numpy as np
import pytest

from blink.contract import ConfigError, DataError
from blink.data.manifest import Manifest
from blink.data.split import ROLES, DataSetOut, SensorOut, Split, SplitByPerson, balance_of
from tests.data.drawing import crowd
from tests.data.split.sketching import blanks, sketch, write


def subjects(manifest: Manifest, split: Split, role: str) -> set[str]:
    return set(manifest.table["subject"].iloc[split.rows(manifest, role)])


def filmed_by_several() -> Manifest:
    """p00 and p01 on `old` and `new`; p02 on `new` alone; p09 on no known sensor."""
    everybody = crowd(10)
    last = everybody.pop("p09")
    new = {name: everybody[name] for name in ("p00", "p01", "p02")}
    old = {name: labels for name, labels in everybody.items() if name != "p02"}
    rows = [*blanks("drawn", old, sensor="old"), *blanks("drawn", new, 100, sensor="new")]
    rows += blanks("drawn", {"p00": [0, 1], "p09": last}, 200)
    rows += blanks("drawn", {None: [0, 1, 1]}, 300, sensor="old")
    return write([*rows, *blanks("drawn", {None: [1, 0]}, 400, sensor="new")])


def test_sensor_out_tests_everybody_whom_it_saw_on_its_crops_alone() -> None:
    manifest = filmed_by_several()
    split = SensorOut("new", folds=2).make(manifest)
    table = manifest.table
    tested = split.rows(manifest, "test")
    assert subjects(manifest, split, "test") == {"p00", "p01", "p02"}
    assert set(table["sensor"].iloc[tested]) == {"new"}
    trained = np.concatenate([split.rows(manifest, role) for role in ("train", "val")])
    assert set(table["sensor"].iloc[trained]) == {"old"}
    assert not set(table["subject"].iloc[trained].dropna()) & {"p00", "p01", "p02"}
    # Aside: 8 crops of p00 and p01 on `old`, 6 of no known sensor, 2 of people unknown on `new`.
    assert balance_of(manifest, split)["aside"]["crops"] == 16
    assert table["subject"].iloc[split.rows(manifest, "train")].isna().sum() == 3
    assert split.held_out == {"drawn": "3 people: p00, p01, p02, tested on sensor new alone"}


def test_sensor_out_is_the_same_when_written_and_read(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    manifest = filmed_by_several()
    split = SensorOut("new", folds=2).make(manifest)
    path = tmp_path_factory.mktemp("splits") / "split.csv"
    split.write(path)
    again = Split.read(path, manifest)
    assert again.fingerprint == split.fingerprint
    for role in ROLES:
        assert again.rows(manifest, role).tolist() == split.rows(manifest, role).tolist()


def test_sensor_out_is_refused_when_it_saw_nobody() -> None:
    with pytest.raises(DataError, match=r"'gone' saw nobody .* sensors are \['new', 'old'\]"):
        SensorOut("gone").make(filmed_by_several())


def test_data_set_out_tests_all_of_it_and_nothing_else() -> None:
    unknown: dict[Any, list[int | None]] = {None: [0, 1]}
    rows = [*blanks("a", crowd(6)), *blanks("b", unknown | crowd(3))]
    manifest = write(rows)
    split = DataSetOut("b", folds=3).make(manifest)
    assert set(manifest.table["dataset"].iloc[split.rows(manifest, "test")]) == {"b"}
    assert len(split.rows(manifest, "test")) == 12
    assert balance_of(manifest, split)["aside"] == {
        "crops": 2,
        "people": 0,
        "unknown": 2,
        "closed": 0.5,
    }
    assert subjects(manifest, split, "train") | subjects(manifest, split, "val") == set(crowd(6))


@pytest.mark.parametrize("name", ["drawn", "none"])
def test_data_set_out_is_refused_when_nothing_else_or_nothing_is_there(name: str) -> None:
    with pytest.raises(DataError, match="Merge data sets first"):
        DataSetOut(name).make(sketch("drawn", crowd(8)))


def test_unknown_people_train_when_people_are_held_out() -> None:
    rows = [
        *blanks("known", dict[Any, Any](crowd(8)) | {None: [1, 0, 1]}),
        *blanks("web", {None: [0, 1]}),
    ]
    manifest = write(rows)
    split = SplitByPerson({}, folds=4).make(manifest)
    nobody = np.flatnonzero(manifest.table["subject"].isna())
    assert len(nobody) == 5
    assert set(nobody) <= set(split.rows(manifest, "train"))


def test_make_refuses_when_all_people_are_unknown() -> None:
    with pytest.raises(DataError, match="nobody would be left to validate on"):
        SplitByPerson({}).make(sketch("web", {None: [0, 1] * 9}))


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"fold": 5}, "no fold 5: they are 0 to 4"),
        ({"balance": ["shoes"]}, r"Cannot balance \['shoes'\]"),
        ({"folds": 1}, "2 folds or more"),
    ],
)
def test_rules_are_refused_when_numbers_or_names_make_no_sense(
    arguments: dict[str, object], fault: str
) -> None:
    for rule in (lambda **a: SplitByPerson({}, **a), lambda **a: SensorOut("new", **a)):
        with pytest.raises(ConfigError, match=fault):
            rule(**arguments)
