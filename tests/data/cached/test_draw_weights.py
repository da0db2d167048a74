import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blink.contract import ConfigError
from blink.data.cached.draw_weights import open_cumulative
from blink.data.cached.row_index import RowIndex
from blink.data.manifest import Manifest, write_manifest
from blink.data.split import Split
from tests.data.drawing import rows

COUNTS = {("a", "p"): (40, 5), ("a", "q"): (0, 40), ("b", "p"): (3, 0), ("b", "r"): (0, 9)}
ONE_CLASS = COUNTS | {("b", "p"): (0, 3)}


def uneven(
    folder: Path,
    weights: dict[int, float] | None = None,
    counts: dict[tuple[str, str], tuple[int, int]] = COUNTS,
) -> Manifest:
    """Two data sets of two people each, with so many open and closed eyes."""
    found = [
        row
        for dataset in ("a", "b")
        for row in rows(
            dataset,
            {
                subject: [0] * few + [1] * many
                for (name, subject), (few, many) in counts.items()
                if name == dataset
            },
        )
    ]
    for number, weight in (weights or {}).items():
        found[number]["label_weight"] = weight
    return write_manifest(folder, found)


def everybody_trains(manifest: Manifest) -> Split:
    table = pd.DataFrame(list(COUNTS), columns=["dataset", "subject"], dtype="string")
    return Split(table.assign(role="train", fold=0), manifest.fingerprint)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return uneven(tmp_path_factory.mktemp("sets") / "set")


@pytest.fixture
def index(manifest: Manifest, tmp_path: Path) -> RowIndex:
    return RowIndex.open(manifest, everybody_trains(manifest), tmp_path / "rows")


def share_of(
    index: RowIndex, manifest: Manifest, *columns: str, shares: Mapping[str, float] | None = None
) -> object:
    """What the crops of each value weigh together."""
    cumulative = open_cumulative(index, shares or {})
    weighed = manifest.table.assign(p=np.diff(cumulative.array, prepend=0.0))
    return weighed.groupby(list(columns))["p"].sum().to_dict()


def test_data_sets_and_classes_weigh_alike_when_nothing_is_said(
    index: RowIndex, manifest: Manifest
) -> None:
    shares = share_of(index, manifest, "dataset", "label")
    assert shares == pytest.approx(dict.fromkeys([("a", 0), ("a", 1), ("b", 0), ("b", 1)], 0.25))


def test_data_sets_weigh_as_the_shares_say(index: RowIndex, manifest: Manifest) -> None:
    shares = share_of(index, manifest, "dataset", "label", shares={"a": 3.0, "b": 1.0})
    assert shares == pytest.approx(
        {("a", 0): 0.375, ("a", 1): 0.375, ("b", 0): 0.125, ("b", 1): 0.125}
    )


def test_a_data_set_weighs_as_the_shares_say_when_it_has_one_class(tmp_path: Path) -> None:
    manifest = uneven(tmp_path / "set", counts=ONE_CLASS)
    index = RowIndex.open(manifest, everybody_trains(manifest), tmp_path / "rows")
    shares = share_of(index, manifest, "dataset", "label", shares={"a": 3.0, "b": 1.0})
    assert shares == pytest.approx({("a", 0): 0.375, ("a", 1): 0.375, ("b", 1): 0.25})


def test_a_person_weighs_the_root_of_its_crops_within_a_class(
    index: RowIndex, manifest: Manifest
) -> None:
    shares = share_of(index, manifest, "dataset", "label", "subject")
    assert shares["a", 1, "p"] / 0.25 == pytest.approx(5**0.5 / (5**0.5 + 40**0.5))  # type: ignore[index]


def test_crops_of_a_weight_of_zero_are_never_drawn(tmp_path: Path) -> None:
    manifest = uneven(tmp_path / "set", {0: 0.0, 7: 0.5, 40: 0.0})
    index = RowIndex.open(manifest, everybody_trains(manifest), tmp_path / "rows")
    p = np.diff(open_cumulative(index, {}).array, prepend=0.0)
    assert p[0] == 0
    assert p[7] == pytest.approx(p[8] / 2)
    assert p[40:45].sum() / 0.25 == pytest.approx(4**0.5 / (4**0.5 + 40**0.5))  # nor counted


def test_probabilities_are_those_of_the_whole_table_when_they_are_made_in_parts(
    manifest: Manifest, index: RowIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blink.data.cached.draw_weights._PART", 7)
    table, shares = manifest.table, {"a": 0.7}
    crops = table.groupby(["dataset", "label", "subject"])["id"].transform("size")
    weight = table["label_weight"] * crops.astype(float) ** -0.5
    total = weight.groupby([table["dataset"], table["label"]]).transform("sum")
    share = table["dataset"].map(lambda name: shares.get(name, 1.0))
    p = (weight / total * share).to_numpy(np.float64)
    cumulative = (p / p.sum()).cumsum()
    made = open_cumulative(index, shares).array
    np.testing.assert_allclose(made, cumulative / cumulative[-1], rtol=1e-15)
    assert made[-1] == 1


def test_cumulative_is_kept_when_it_is_asked_for_again(
    index: RowIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_cumulative(index, {"a": 2.0})
    assert open_cumulative(index, {"a": 3.0}).path != first.path
    monkeypatch.setattr("blink.data.cached.draw_weights._write", None)
    assert open_cumulative(index, {"a": 2.0}).path == first.path


@pytest.mark.parametrize(
    ("weights", "counts", "version"), [({}, COUNTS, 1), ({0: 0.0}, COUNTS, 2), ({}, ONE_CLASS, 2)]
)
def test_cumulative_has_its_old_name_when_it_is_made_as_ever(
    tmp_path: Path, weights: dict[int, float], counts: Any, version: int
) -> None:
    manifest = uneven(tmp_path / "set", weights, counts)
    index = RowIndex.open(manifest, everybody_trains(manifest), tmp_path / "rows")
    rule = hashlib.sha256(json.dumps([version, {}, 0.5]).encode()).hexdigest()[:12]
    assert open_cumulative(index, {}).path.name == f"{index.folder.name}-{rule}.npy"


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ({"c": 1.0}, r"shares name \['c'\], but the data sets are \['a', 'b'\]"),
        ({"a": -1.0}, "Nothing can be drawn"),
        ({"a": 0.0, "b": 0.0}, "Nothing can be drawn"),
    ],
)
def test_cumulative_is_refused_when_the_shares_make_no_sense(
    index: RowIndex, shares: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        open_cumulative(index, shares)
    kept = [path.name for path in index.folder.parent.iterdir() if not path.name.startswith(".")]
    assert kept == [index.folder.name]


def test_cumulative_is_refused_when_a_class_has_no_weight(tmp_path: Path) -> None:
    manifest = uneven(tmp_path / "set", dict.fromkeys(range(85, 88), 0.0))
    index = RowIndex.open(manifest, everybody_trains(manifest), tmp_path / "rows")
    assert Counter(manifest.table["dataset"].iloc[85:88]) == {"b": 3}
    with pytest.raises(ConfigError, match="drawn of the open eyes of b: no training crop"):
        open_cumulative(index, {})
