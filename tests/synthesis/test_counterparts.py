import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from blink.contract import CLOSED, DataError
from blink.data.images import encode_png
from blink.data.split import Hashed
from blink.synthesis.counterparts import COUNTERPARTS, real_crops
from tests.synthesis.test_compare import write_archives

_CONF = Path(__file__).parents[2] / "conf/data/collection/real.yaml"


def test_sealed_people_are_those_of_the_real_collection() -> None:
    test = yaml.safe_load(_CONF.read_text())["split"]["test"]
    mrl, cew = COUNTERPARTS
    assert {f"s{number:04d}" for number in range(1, 38) if mrl.sealed(f"s{number:04d}")} == set(
        test["mrl"]["subjects"]
    )
    names = [f"Name{number}" for number in range(100)]
    rule = Hashed(test["cew"]["modulus"])
    assert [cew.sealed(name) for name in names] == [rule.holds(name) for name in names]


def test_real_crops_are_of_training_people_who_take_turns(tmp_path: Path) -> None:
    write_archives(tmp_path)
    mrl, cew = COUNTERPARTS
    chosen = real_crops(mrl, tmp_path, 4, seed=0)
    assert [name for name, _ in chosen] == ["s0001"] * 4
    assert sorted(int(crop.mean()) for _, crop in chosen) == [0, 0, 255, 255]
    people = [name for name, _ in real_crops(cew, tmp_path, 4, seed=0)]
    assert len(set(people)) == 4
    assert not any(cew.sealed(name) for name in people)


def test_real_crops_are_of_one_label_when_it_is_named(tmp_path: Path) -> None:
    write_archives(tmp_path)
    chosen = real_crops(COUNTERPARTS[0], tmp_path, 3, seed=0, label=CLOSED)
    assert [int(crop.mean()) for _, crop in chosen] == [0, 0, 0]


def test_real_crops_are_refused_when_only_test_people_are_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mrlEyes_2018_01.zip", "w") as file:
        name = "s0013/s0013_00001_0_0_1_0_0_01.png"
        file.writestr(name, encode_png(np.zeros((24, 24), np.uint8)))
    with pytest.raises(DataError, match="holds crops of test people alone"):
        real_crops(COUNTERPARTS[0], tmp_path, 3, seed=0)
