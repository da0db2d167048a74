import json
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.data.images import encode_png
from blink.data.importers import hub
from blink.data.importers.blocks import SKIPPED
from blink.data.importers.huggingface import HuggingFaceEyes
from tests.data.drawing import eye
from tests.data.importers.skipped import skipped

datasets: Any = pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks up a name or opens a connection fails the test."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a local data set needs no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def rows(count: int = 12) -> list[dict[str, Any]]:
    return [
        {
            "image": {"bytes": encode_png(eye(n, n % 2 == 1)), "path": f"p{n % 3}_{n}.png"},
            "label": n % 2,
            "person": f"p{n % 3}",
        }
        for n in range(count)
    ]


def table(
    records: Sequence[Mapping[str, Any]], names: Sequence[str] | None = ("open", "closed")
) -> Any:
    label = datasets.ClassLabel(names=list(names)) if names else datasets.Value("string")
    features = {"image": datasets.Image(), "label": label, "person": datasets.Value("string")}
    return datasets.Dataset.from_list(list(records), features=datasets.Features(features))


def eyes(path: Path, **options: Any) -> HuggingFaceEyes:
    return HuggingFaceEyes(path, **({"dataset": "drawn", "subject_in": "person"} | options))


def test_huggingface_ends_the_same_for_a_parquet_file_or_a_folder_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    table(rows()).to_parquet(str(tmp_path / "a" / "eyes.parquet"))
    for order in ((0, 1), (1, 0)):
        folder = tmp_path / f"shards{order[0]}" / "data"
        folder.mkdir(parents=True)
        for n in order:
            half = table(rows()[6 * n : 6 * n + 6])
            half.to_parquet(str(folder / f"train-0000{n}-of-00002.parquet"))
    paths = [tmp_path / "a" / "eyes.parquet", tmp_path / "shards0", tmp_path / "shards1"]
    manifests = [eyes(path).write(tmp_path / "sets" / path.stem) for path in paths]
    assert len({manifest.fingerprint for manifest in manifests}) == 1
    assert manifests[0].table["label"].tolist() == [OPEN, CLOSED] * 6
    assert manifests[0].table["subject"].tolist() == ["p0", "p1", "p2"] * 4
    assert list(manifests[0].encoded()) == [row["image"]["bytes"] for row in rows()]
    assert eyes(paths[1]).key == eyes(paths[2]).key
    assert eyes(paths[0]).key == eyes(paths[0]).key != eyes(paths[0], licence="CC0").key


def test_huggingface_reads_a_saved_data_set_and_asks_which_split(tmp_path: Path) -> None:
    table(rows()).save_to_disk(str(tmp_path / "saved"))
    both = datasets.DatasetDict(train=table(rows()), test=table(rows(4)))
    both.save_to_disk(str(tmp_path / "both"))
    assert len(eyes(tmp_path / "saved").write(tmp_path / "sets" / "saved")) == 12
    with pytest.raises(ConfigError, match=r"has the splits train, test. Say which one"):
        eyes(tmp_path / "both").write(tmp_path / "sets" / "both")
    manifest = eyes(tmp_path / "both", split="test").write(tmp_path / "sets" / "both")
    assert manifest.table["label"].tolist() == [OPEN, CLOSED] * 2


def test_huggingface_takes_words_and_finds_the_person_in_the_path(tmp_path: Path) -> None:
    said = [row | {"label": ("Zu", "auf", "", None)[n]} for n, row in enumerate(rows(4))]
    table(said, names=None).to_parquet(str(tmp_path / "eyes.parquet"))
    states = {"zu": "closed", "auf": "open"}
    source = eyes(tmp_path / "eyes.parquet", subject_in=None, subject_from=r"(p\d)_", state=states)
    found = source.write(tmp_path / "set").table
    assert found["label"].tolist()[:2] == [CLOSED, OPEN]
    assert found["label"].isna().tolist() == [False, False, True, True]
    assert found["subject"].tolist() == ["p0", "p1", "p2", "p0"]


@pytest.mark.parametrize("said", [False, True])
def test_huggingface_takes_minus_one_for_not_known_unless_told_what_it_means(
    tmp_path: Path, said: bool
) -> None:
    features = {**table(rows(1)).features, "label": datasets.Value("int64")}
    labelled = [row | {"label": (1, -1, None)[n % 3]} for n, row in enumerate(rows(6))]
    data = datasets.Dataset.from_list(labelled, features=datasets.Features(features))
    data.to_parquet(str(tmp_path / "eyes.parquet"))
    states = {"1": "open"} | ({"-1": "closed"} if said else {})
    found = eyes(tmp_path / "eyes.parquet", state=states).write(tmp_path / "set").table
    expected = [OPEN, CLOSED if said else -9, -9] * 2
    assert found["label"].fillna(-9).tolist() == expected
    assert not (tmp_path / "set" / SKIPPED).exists()


@pytest.mark.parametrize(
    ("cells", "compression"), [([bytes(80 * 2**20)], "zstd"), ([b"x" * 1000], "none")]
)
@pytest.mark.parametrize("place", ["eyes.parquet", "in/data.parquet"])
def test_huggingface_is_refused_unread_when_a_row_group_would_burst(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[bytes],
    compression: str,
    place: str,
) -> None:
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if compression == "none":
        monkeypatch.setattr(hub, "LARGEST_MEMBER", 500)
    columns = {"image": pa.array(cells, pa.binary()), "label": ["open"], "person": ["p0"]}
    parquet.write_table(pa.table(columns), path, compression=compression)
    monkeypatch.setattr(datasets.IterableDataset, "__iter__", None)  # reading it would fail
    source = path if place == "eyes.parquet" else path.parent
    with pytest.raises(DataError, match=r"row group 0 would grow from .* It was not read"):
        eyes(source).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_huggingface_reads_pictures_in_folders(tmp_path: Path) -> None:
    for n, row in enumerate(rows(6)):
        path = tmp_path / "eyes" / row["person"] / ("open", "closed")[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row["image"]["bytes"])
    source = eyes(tmp_path / "eyes", subject_in=None, subject_from=r"(p\d)/")
    found = source.write(tmp_path / "set").table
    assert found["label"].tolist() == [CLOSED, OPEN] * 3
    assert found["subject"].tolist() == ["p0", "p0", "p1", "p1", "p2", "p2"]


def test_huggingface_lists_and_skips_bad_rows(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode_png(eye(99, True)))
    bad = [
        {"image": {"bytes": b"no picture", "path": None}, "label": 1, "person": "p1"},
        {"image": None, "label": 1, "person": "p1"},
        {"image": {"bytes": None, "path": str(secret)}, "label": 1, "person": "p1"},
        {"image": {"bytes": None, "path": "../secret.png"}, "label": 1, "person": "p1"},
        rows(1)[0] | {"label": 2},
        rows(1)[0] | {"person": None},
    ]
    path = tmp_path / "in" / "data.parquet"
    path.parent.mkdir()
    # Written by hand: the library itself would put the secret's bytes into the file.
    plain = datasets.Features(
        {
            "image": {"bytes": datasets.Value("binary"), "path": datasets.Value("string")},
            "label": datasets.ClassLabel(names=["open", "closed", "shut"]),
            "person": datasets.Value("string"),
        }
    )
    datasets.Dataset.from_list(rows() + bad, features=plain).to_parquet(str(path))
    for source in (path, path.parent):
        manifest = eyes(source).write(tmp_path / "sets" / source.name)
        assert len(manifest) == 12
        assert secret.read_bytes() not in set(manifest.encoded())
        faults = skipped(manifest.folder)
        assert faults["train/12"].startswith("it is no picture")
        assert faults["train, row 13"] == "it has no picture"
        assert "lies outside of the data set" in faults["train, row 14"]
        assert "lies outside of the data set" in faults["train, row 15"]
        assert faults["train, row 16"].startswith("'shut' is no known state of an eye")
        assert faults["train, row 17"] == "its person is left out"


@pytest.mark.parametrize("file", ["state.json", "dataset_dict.json", "README.md"])
def test_huggingface_is_refused_when_it_wants_files_from_outside(tmp_path: Path, file: str) -> None:
    path = tmp_path / "in"
    path.mkdir()
    table(rows()).to_parquet(str(tmp_path / "outside.parquet"))
    card = "---\nconfigs:\n- config_name: default\n  data_files: ../outside.parquet\n---\n"
    content = {
        "state.json": json.dumps({"_data_files": [{"filename": "../outside.arrow"}]}),
        "dataset_dict.json": json.dumps({"splits": ["../outside"]}),
        "README.md": card,
    }
    (path / file).write_text(content[file])
    with pytest.raises(DataError, match=r"lies (elsewhere|outside of it); it was not read"):
        eyes(path).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_huggingface_names_the_columns_when_one_is_not_there(tmp_path: Path) -> None:
    table(rows()).to_parquet(str(tmp_path / "eyes.parquet"))
    source = eyes(tmp_path / "eyes.parquet", label_in="state")
    with pytest.raises(ConfigError, match="no column 'state'; it has image, label, person"):
        source.write(tmp_path / "set")
    with pytest.raises(ConfigError, match=r"'person' of .* holds no pictures"):
        eyes(tmp_path / "eyes.parquet", image_in="person").write(tmp_path / "set")
    with pytest.raises(ConfigError, match=r"'image' of .* holds no words"):
        eyes(tmp_path / "eyes.parquet", label_in="image").write(tmp_path / "set")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"subject_in": None}, "whose eyes are they"),
        ({"no_subject": True}, "--no-subject contradicts"),
        ({"subject_from": "(p)"}, "both name people"),
    ],
)
def test_huggingface_refuses_options_when_they_cannot_be_meant(
    options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        eyes(Path("someone/eyes"), **options)


def test_huggingface_is_refused_when_the_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "eyes.parquet"
    table(rows()).to_parquet(str(path))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="cannot be read as a data set of Hugging Face"):
        eyes(path).write(tmp_path / "set")


def test_huggingface_says_so_when_the_hub_cannot_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("offline")

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", refuse)
    source = eyes(Path("someone/eyes"))
    assert source.name == "drawn"
    assert source.is_available
    with pytest.raises(DataError, match=r"cannot be had from the Hugging Face Hub .*offline"):
        _ = source.key
    with pytest.raises(DataError, match="no local path"):
        source.write(tmp_path / "set")
    with pytest.raises(DataError, match="is missing, and it is no name on the Hugging Face Hub"):
        eyes(tmp_path / "nowhere").write(tmp_path / "set")


def test_huggingface_says_what_to_install_when_the_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(rows()).to_parquet(str(tmp_path / "eyes.parquet"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ConfigError, match=r"pip install datasets"):
        eyes(tmp_path / "eyes.parquet").write(tmp_path / "set")
