import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from blink.data.cached import row_index
from blink.data.cached.row_index import RowIndex, half_closed_name
from blink.data.manifest import Manifest, write_manifest
from blink.data.split import Named, Split, SplitByPerson
from tests.data.drawing import crowd, rows

DataSet = tuple[Manifest, Split]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Two data sets, some labels unknown, and one of people unknown."""
    people = crowd(12, 6, unknown=1)
    unknown = [row | {"subject": None} for row in rows("wild", {"nobody": [0, 1, 1]})]
    folder = tmp_path_factory.mktemp("sets") / "set"
    manifest = write_manifest(folder, [*rows("drawn", people), *rows("more", people), *unknown])
    rules = {"drawn": Named(["p00", "p01"]), "more": Named(["p03"])}
    return manifest, SplitByPerson(rules).make(manifest)


def test_rows_are_those_of_the_split_whose_label_is_known(drawn: DataSet, tmp_path: Path) -> None:
    manifest, split = drawn
    index = RowIndex.open(manifest, split, tmp_path)
    known = manifest.table["label"].notna().to_numpy()
    for role in ("train", "val", "test"):
        rows = split.rows(manifest, role)
        assert index.rows(role).tolist() == rows[known[rows]].tolist()
        assert len(index.rows(role)) > 10


def test_half_closed_rows_have_an_openness_and_no_label(tmp_path: Path) -> None:
    people: dict[str, list[int | None]] = {f"p{n:02d}": [0, 1, None, None] for n in range(12)}
    drawn = [
        row | {"openness": openness}
        for row, openness in zip(rows("drawn", people), [0.9, 0.0, 0.2, None] * 12, strict=True)
    ]
    manifest = write_manifest(tmp_path / "set", drawn)
    split = SplitByPerson({"drawn": Named(["p00", "p01"])}).make(manifest)
    index = RowIndex.open(manifest, split, tmp_path)
    table = manifest.table
    openness = table["openness"].to_numpy(np.float32, na_value=np.nan)
    np.testing.assert_array_equal(index.openness(), openness)
    assert index.openness().dtype == np.float32
    half = (table["label"].isna() & table["openness"].notna()).to_numpy()
    for role in ("train", "val", "test"):
        mine = split.rows(manifest, role)
        assert index.half_closed(role).tolist() == mine[half[mine]].tolist()
        assert len(index.half_closed(role)) == len(mine) / 4 > 0
        assert index.mapped(half_closed_name(role)).array.dtype == np.int64


def test_half_closed_rows_are_none_when_no_openness_is_known(
    drawn: DataSet, tmp_path: Path
) -> None:
    index = RowIndex.open(*drawn, tmp_path)
    assert [len(index.half_closed(role)) for role in ("train", "val", "test")] == [0] * 3
    assert np.isnan(index.openness()).all()


def test_labels_and_data_sets_are_those_of_every_row(drawn: DataSet, tmp_path: Path) -> None:
    manifest, split = drawn
    index = RowIndex.open(manifest, split, tmp_path)
    assert index.labels().tolist() == manifest.table["label"].fillna(-1).tolist()
    names = [index.datasets[code] for code in index.codes()]
    assert names == manifest.table["dataset"].tolist()


def test_groups_count_the_training_crops_of_each_person_and_class(
    drawn: DataSet, tmp_path: Path
) -> None:
    manifest, split = drawn
    index = RowIndex.open(manifest, split, tmp_path)
    groups, table = index.groups(), manifest.table.iloc[index.rows("train")]
    names = np.array(index.datasets)[groups["dataset"]]
    keys = ["dataset", "subject", "label"]
    sizes = table.fillna({"subject": "nobody"}).groupby(keys)["id"].transform("size")
    assert groups["crops"][index.group()].tolist() == sizes.tolist()
    assert names[index.group()].tolist() == table["dataset"].tolist()
    assert groups["label"][index.group()].tolist() == table["label"].tolist()
    assert groups["weight"].tolist() == groups["crops"].tolist()
    assert 2 in groups["crops"]  # of the people unknown, closed


def test_arrays_travel_by_their_path_when_they_are_sent_to_another_process(
    drawn: DataSet, tmp_path: Path
) -> None:
    index = RowIndex.open(*drawn, tmp_path)
    mapped = index.mapped("labels")
    assert len(mapped.array) == len(drawn[0])
    sent = pickle.dumps(mapped)
    assert len(sent) < 1000
    received = pickle.loads(sent)  # noqa: S301
    assert np.array_equal(received.array, mapped.array)


def test_index_is_not_made_again_when_it_is_there(
    drawn: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = RowIndex.open(*drawn, tmp_path)
    monkeypatch.setattr(row_index, "_write", None)
    assert RowIndex.open(*drawn, tmp_path) == first


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "train.npy").unlink(),
        lambda folder: (folder / "index.json").write_text("{"),
        lambda folder: (folder / "index.json").write_text("{}"),
        lambda folder: (folder / "labels.npy").write_bytes(b""),
        lambda folder: (folder / "val.npy").write_bytes((folder / "train.npy").read_bytes()),
    ],
)
def test_index_is_made_anew_when_it_is_damaged(
    drawn: DataSet, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    folder = RowIndex.open(*drawn, tmp_path).folder
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    damage(folder)
    again = RowIndex.open(*drawn, tmp_path)
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == good


def test_index_is_another_when_the_split_is(drawn: DataSet, tmp_path: Path) -> None:
    manifest, split = drawn
    other = SplitByPerson({}).make(manifest)
    assert RowIndex.open(manifest, other, tmp_path).folder != RowIndex.open(*drawn, tmp_path).folder
    assert split.fingerprint != other.fingerprint
