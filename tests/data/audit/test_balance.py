from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blink.data.audit.balance import check_balance, depend
from blink.data.audit.limits import Limits
from blink.data.manifest import write_manifest
from tests.data.drawing import crowd, data_set, rows


def _series(values: list[Any]) -> pd.Series:
    return pd.Series(values, name="sensor")


def test_depend_finds_it_when_an_attribute_is_the_label() -> None:
    labels = _series([0, 1] * 40)
    people = _series([f"p{n // 2}" for n in range(80)])
    found = depend(_series(["a", "b"] * 40), labels, people)
    assert found.strength > 0.999
    assert found.p_value == 0.001
    assert found.closed == {"a": 0.0, "b": 1.0}


@pytest.mark.parametrize(
    ("count", "lowest", "highest"),
    [
        (4, 0.1, 0.5),  # four people fall so by chance one time in three
        (20, 0.0, 0.01),  # ten against ten one time in 92,378
    ],
)
def test_depend_blames_chance_when_few_people_differ(
    count: int, lowest: float, highest: float
) -> None:
    people = _series([f"p{n * count // 200}" for n in range(200)])
    labels = _series([0] * 100 + [1] * 100)
    found = depend(_series(["a"] * 100 + ["b"] * 100), labels, people)
    assert found.strength > 0.999
    assert lowest < found.p_value < highest


@pytest.mark.parametrize("seed", range(4))
def test_depend_blames_chance_when_an_attribute_varies_within_people(seed: int) -> None:
    generator = np.random.default_rng(seed)
    people = _series(np.repeat(np.arange(40), 12).tolist())
    values = _series(generator.choice(list("abcdef"), 480).tolist())
    labels = _series(generator.integers(0, 2, 480).tolist())
    assert depend(values, labels, people).p_value > 0.02


def test_check_balance_counts_what_was_drawn(tmp_path: Path) -> None:
    manifest = data_set(tmp_path / "set", crowd(4) | {"one": [1, 1, 1], "no": [None]})
    found = {finding.name: finding for finding in check_balance(manifest, Limits())}
    assert found["class-balance"].numbers == {
        "open": 8,
        "closed": 11,
        "unlabelled": 1,
        "smaller_share": 8 / 19,
    }
    assert found["one-class-people"].numbers["only_closed"] == 1
    assert found["one-class-people"].numbers["crops_share"] == 3 / 19
    assert found["one-class-people"].severity == "warning"
    assert found["people-balance"].numbers["people"] == 6
    assert found["missing-attributes"].numbers["missing_share"]["side"] == 1


def test_check_balance_warns_when_an_attribute_goes_with_the_label(tmp_path: Path) -> None:
    drawn = rows("drawn", crowd(10))
    for row in drawn:
        row["glasses"] = ("no", "yes")[row["label"]]
    manifest = write_manifest(tmp_path / "set", drawn)
    found = {finding.name: finding for finding in check_balance(manifest, Limits())}
    assert found["attribute-dependence"].severity == "warning"
    assert found["attribute-dependence"].numbers["glasses"]["closed"] == {"no": 0.0, "yes": 1.0}


def test_check_balance_says_people_unknown_when_nobody_is_known(tmp_path: Path) -> None:
    drawn = [row | {"subject": None} for row in rows("drawn", crowd(2))]
    manifest = write_manifest(tmp_path / "set", drawn)
    found = {finding.name: finding for finding in check_balance(manifest, Limits())}
    assert found["people-balance"].severity == "warning"
    assert found["people-balance"].summary.startswith("People unknown")
    assert "one-class-people" not in found
