import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from blink.contract import ConfigError, DataError, InputSpec, StorageError
from blink.data.cached.packed import pixels_key
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import make_row
from blink.data.split import Named, Split, SplitByPerson
from blink.data.streaming import sharding
from blink.data.streaming.sharding import write_shards
from blink.data.streaming.shards import INDEX, BlockReader, read_shards
from blink.runtime.preprocessing import pixels
from tests.data.drawing import crowd, data_set, eye

SPEC = InputSpec(24, 20)
DataSet = tuple[Manifest, Split]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    manifest = data_set(tmp_path_factory.mktemp("sets") / "set", crowd(12, 6, unknown=1))
    return manifest, SplitByPerson({"drawn": Named(["p00", "p01"])}).make(manifest)


@pytest.fixture(scope="module")
def written(drawn: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards") / "shards"
    write_shards(*drawn, SPEC, str(folder), block=10)
    return folder


def trained_on(manifest: Manifest, split: Split) -> NDArray[np.int64]:
    rows = split.rows(manifest, "train")
    return rows[manifest.table["label"].notna().to_numpy()[rows]]


def test_shards_hold_every_labelled_training_crop_once(drawn: DataSet, written: Path) -> None:
    manifest, split = drawn
    shards = read_shards(str(written))
    blocks = list(BlockReader(str(written), shards, written).all())
    rows = np.concatenate([block.rows for block in blocks])
    assert [len(block.rows) for block in blocks] == [10, 10, 10, 10, 8]
    assert sorted(rows) == trained_on(manifest, split).tolist()
    assert shards.crops == len(rows)
    labels = manifest.table["label"].to_numpy()
    crops = dict(enumerate(manifest.crops()))
    for block in blocks:
        assert block.labels.tolist() == labels[block.rows].tolist()
        assert block.weights.tolist() == [1.0] * len(block.rows)
        for pixel, row in zip(block.pixels, block.rows, strict=True):
            assert np.array_equal(pixel, pixels(crops[int(row)], SPEC))


def test_shards_mix_people_when_they_are_written(drawn: DataSet, written: Path) -> None:
    shards = read_shards(str(written))
    first = BlockReader(str(written), shards, written).read(0)
    assert not np.array_equal(first.rows, np.sort(first.rows))
    assert len(set(drawn[0].table["subject"].iloc[first.rows])) > 3


def test_shards_are_the_same_bytes_when_they_are_written_again(
    drawn: DataSet, written: Path, tmp_path: Path
) -> None:
    write_shards(*drawn, SPEC, str(tmp_path / "again"), block=10)
    ours, theirs = (
        {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in (tmp_path / "again", written)
    )
    del ours["index.json"], theirs["index.json"]  # litdata's own, which holds the time
    assert ours == theirs
    assert set(ours) == {INDEX, "chunk-0-0.bin"}


def test_write_shards_leaves_out_crops_when_their_weight_is_0(tmp_path: Path) -> None:
    rows = [
        make_row(
            "drawn",
            f"{number}.png",
            encode_png(eye(number, bool(number % 2))),
            subject=f"p{number % 12:02d}",
            label=number // 12 % 2,
            label_weight=(0.0, 0.5)[number > 20],
            licence="drawn",
        )
        for number in range(48)
    ]
    manifest = write_manifest(tmp_path / "set", rows)
    split = SplitByPerson({}).make(manifest)
    shards = write_shards(manifest, split, SPEC, str(tmp_path / "shards"))
    (block,) = BlockReader(str(tmp_path / "shards"), shards, tmp_path).all()
    expected = [row for row in trained_on(manifest, split) if row > 20]
    assert sorted(block.rows) == expected
    assert set(block.weights.tolist()) == {0.5}


def test_read_shards_says_how_to_write_them_when_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"shards\.json is missing.*blink data shard"):
        read_shards(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged"),
        ("{}", "is damaged"),
        ('{"format": 2, "shards": {}}', "is of format 2"),
        ('{"format": 1, "shards": {"crops": 3}}', "is damaged"),
    ],
)
def test_read_shards_is_refused_when_the_index_is_wrong(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / INDEX).write_text(text)
    with pytest.raises(DataError, match=message):
        read_shards(str(tmp_path))


def test_shards_are_fetched_when_they_are_remote(written: Path, tmp_path: Path) -> None:
    url = f"local://{written}"  # litdata's stand-in for an object store
    shards = read_shards(url)
    assert shards == read_shards(str(written))
    fetched = [block.rows.tolist() for block in BlockReader(url, shards, tmp_path).all()]
    at_hand = [b.rows.tolist() for b in BlockReader(str(written), shards, written).all()]
    assert fetched == at_hand
    assert list(tmp_path.rglob("index.json"))


def test_block_reader_copies_nothing_when_shards_lie_in_a_folder(
    written: Path, tmp_path: Path
) -> None:
    list(BlockReader(str(written), read_shards(str(written)), tmp_path).all())
    assert not list(tmp_path.rglob("*"))


def test_check_refuses_shards_when_they_are_of_other_data(drawn: DataSet, written: Path) -> None:
    manifest, split = drawn
    shards = read_shards(str(written))
    shards.check(str(written), manifest, split, pixels_key(SPEC))
    other = SplitByPerson({"drawn": Named(["p02"])}).make(manifest)
    with pytest.raises(DataError, match=f"split {split.fingerprint}, but the run has"):
        shards.check(str(written), manifest, other, pixels_key(SPEC))
    with pytest.raises(DataError, match="pixels 24x20-grey"):
        shards.check(str(written), manifest, split, pixels_key(InputSpec(32, 32)))


@pytest.mark.parametrize("change", ["flip", "cut", "lose"])
def test_block_reader_refuses_when_a_shard_is_damaged(
    written: Path, tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "shards"
    shutil.copytree(written, folder)
    (shard,) = folder.glob("*.bin")
    content = bytearray(shard.read_bytes())
    if change == "flip":
        content[len(content) // 2] ^= 4
        shard.write_bytes(content)
    elif change == "cut":
        shard.write_bytes(content[: len(content) // 2])
    else:
        shard.unlink()
    reader = BlockReader(str(folder), read_shards(str(folder)), tmp_path)
    with pytest.raises(DataError, match=r"of the shards in .* (is damaged|cannot be read)"):
        list(reader.all())


class Store:
    """An object store in a folder that takes so many files."""

    def __init__(self, folder: Path, room: int = 99) -> None:
        self.folder, self.room, self.names = folder, room, list[str]()

    def upload_file(self, local_path: str, remote_path: str) -> None:
        if len(self.names) == self.room:
            raise ConnectionError("no route")
        self.names.append(remote_path)
        shutil.copy(local_path, self.folder)


def test_write_shards_sends_the_index_last_when_they_go_to_an_object_store(
    drawn: DataSet, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    monkeypatch.setattr(sharding, "_get_fs_provider", lambda _: store)
    write_shards(*drawn, SPEC, "s3://bucket/eyes/", block=10)
    assert store.names == [
        f"s3://bucket/eyes/{name}" for name in ("chunk-0-0.bin", "index.json", INDEX)
    ]
    assert read_shards(str(tmp_path)) == read_shards(str(written))


def test_write_shards_says_so_when_the_object_store_refuses(
    drawn: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharding, "_get_fs_provider", lambda _: Store(tmp_path, room=1))
    with pytest.raises(StorageError, match=r"Could not send s3://bucket/eyes/index\.json"):
        write_shards(*drawn, SPEC, "s3://bucket/eyes")
    assert not (tmp_path / INDEX).exists()


@pytest.mark.parametrize(
    ("out", "options"),
    [("ftp://host/eyes", {}), ("eyes", {"block": 0}), ("eyes", {"megabytes": 0})],
)
def test_write_shards_is_refused_when_an_option_makes_no_sense(
    drawn: DataSet, out: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError):
        write_shards(*drawn, SPEC, out, **options)
    assert not Path(out).exists()


def test_index_is_json_that_a_person_can_read_when_written(drawn: DataSet, written: Path) -> None:
    values = json.loads((written / INDEX).read_text())
    assert values["format"] == 1
    assert values["shards"]["manifest"] == drawn[0].fingerprint
    assert values["shards"]["block"] == 10
