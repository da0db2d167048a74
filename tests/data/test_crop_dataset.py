from pathlib import Path

import numpy as np
import pytest

from blink.contract import ConfigError, DataError, InputSpec
from blink.data.cached.mapped import MemmapArray
from blink.data.cached.packed import PackedCrops
from blink.data.cached.row_index import RowIndex
from blink.data.crop_dataset import CropDataset
from blink.data.datamodule import EyeDataModule
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import make_row
from blink.data.split import Named, Split, SplitByPerson
from blink.data.streaming.datamodule import StreamingDataModule
from tests.data.drawing import eye

DataSet = tuple[Manifest, Split]


@pytest.fixture(scope="module")
def cached(
    rendered: DataSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[MemmapArray, RowIndex]:
    """Packed crops of rendered people, and the index of their rows."""
    folder = tmp_path_factory.mktemp("cached")
    manifest, split = rendered
    packed = PackedCrops.open(manifest, InputSpec(), folder / "packed")
    return MemmapArray(packed.path), RowIndex.open(manifest, split, folder / "rows")


def test_crop_dataset_gives_labels_and_openness_as_the_manifest_has_them(
    cached: tuple[MemmapArray, RowIndex], rendered: DataSet
) -> None:
    pixels, index = cached
    batch = CropDataset(pixels, index, "train").__getitems__([(0, 5), (3, 9), (11, 2)])
    table = rendered[0].table.iloc[index.rows("train")[[0, 3, 11]]]
    assert batch.labels.tolist() == table["label"].tolist()
    np.testing.assert_allclose(batch.openness.numpy(), table["openness"].to_numpy(np.float32))
    assert batch.seed == 5
    np.testing.assert_array_equal(
        batch.pixels[:, 0].numpy(), pixels.array[table.index.to_numpy()][..., 0]
    )


def test_crop_dataset_gives_half_closed_eyes_their_share_when_they_are_asked_for(
    cached: tuple[MemmapArray, RowIndex],
) -> None:
    pixels, index = cached
    seeds = np.random.default_rng(0).integers(0, 2**31, 4000)
    draws = [(place % len(index.rows("train")), int(seed)) for place, seed in enumerate(seeds)]
    plain = CropDataset(pixels, index, "train").__getitems__(draws)
    batch = CropDataset(pixels, index, "train", half_closed=0.25).__getitems__(draws)
    is_half = batch.labels.isnan()
    assert 0.22 < is_half.float().mean() < 0.28
    assert not plain.labels.isnan().any()
    assert batch.labels[~is_half].tolist() == plain.labels[~is_half].tolist()
    known = index.openness()[index.half_closed("train")]
    assert set(batch.openness[is_half].tolist()) == set(known.tolist())  # each of them was drawn


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan"), "no"])
def test_crop_dataset_refuses_when_the_share_is_none(
    cached: tuple[MemmapArray, RowIndex], share: float
) -> None:
    with pytest.raises(ConfigError, match="from 0 to below 1"):
        CropDataset(*cached, "train", half_closed=share)


def test_crop_dataset_refuses_when_there_are_no_half_closed_eyes(
    cached: tuple[MemmapArray, RowIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, index = cached
    monkeypatch.setattr(RowIndex, "half_closed", lambda *_: np.empty(0, np.int64))
    with pytest.raises(DataError, match="No half-closed eye of known openness is in the role"):
        CropDataset(pixels, index, "train", half_closed=0.1)


def test_openness_is_known_when_crops_that_train_bring_it(
    rendered: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def knows(kind: type[EyeDataModule], **options: float) -> bool:
        return kind(*rendered, InputSpec(), tmp_path, **options).knows_openness()  # type: ignore[arg-type]

    assert knows(EyeDataModule)
    assert not knows(StreamingDataModule)  # shards hold none
    nobody = np.full(len(rendered[0]), np.nan, np.float32)
    monkeypatch.setattr(RowIndex, "openness", lambda _: nobody)
    assert not knows(EyeDataModule)
    assert knows(EyeDataModule, half_closed=0.1)


@pytest.mark.parametrize(("share", "known"), [(1.0, True), (0.0, False)])
def test_openness_is_not_known_when_no_crop_is_drawn_that_brings_it(
    tmp_path: Path, share: float, known: bool
) -> None:
    rows = [
        make_row(
            dataset,
            f"{person}{label}.png",
            encode_png(eye(ord(person), label == 1)),
            subject=f"{dataset}-{person}",
            label=label,
            licence="test only",
            openness=float(1 - label) if dataset == "rendered" else None,
        )
        for dataset in ("real", "rendered")
        for person in "abcdef"
        for label in (0, 1)
    ]
    manifest = write_manifest(tmp_path / "set", rows)
    split = SplitByPerson({"real": Named(["real-a"])}).make(manifest)
    shares = {"rendered": share}
    data = EyeDataModule(manifest, split, InputSpec(), tmp_path, shares=shares)
    assert data.knows_openness() is known


def test_streaming_refuses_when_half_closed_eyes_are_asked_for(
    rendered: DataSet, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="Shards hold no openness"):
        StreamingDataModule(*rendered, InputSpec(), tmp_path, half_closed=0.1)
