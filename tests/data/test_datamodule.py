import threading
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import numpy as np
import pandas as pd
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from lightning import LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from blink.contract import ConfigError, DataError, InputSpec
from blink.contract.places import CONF
from blink.data import datamodule
from blink.data.batch import Batch
from blink.data.camera import CameraSimulation, Finder, Noise, Softness, Tone
from blink.data.camera.transform import Step
from blink.data.crop_dataset import CropDataset
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Named, Split, SplitByPerson
from blink.runtime.preprocessing import planes, stack
from tests.data.drawing import crowd, data_set

SPEC = InputSpec(24, 20)
DataSet = tuple[Manifest, Split]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    manifest = data_set(tmp_path_factory.mktemp("sets") / "set", crowd(12, 6, unknown=1))
    return manifest, SplitByPerson({"drawn": Named(["p00", "p01"])}).make(manifest)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def camera() -> CameraSimulation:
    chain: list[Step] = [Finder(24, 20), Softness(), Tone(), Noise()]
    return CameraSimulation({type(step).__name__: step for step in chain})


def module(drawn: DataSet, cache: Path, **options: Any) -> EyeDataModule:
    options = {"batch_size": 16, "crops_per_epoch": 70, "workers": 0, "working_size": 32} | options
    return EyeDataModule(*drawn, SPEC, cache, **options)


def epoch(data: EyeDataModule, loader: DataLoader[Batch], number: int) -> list[Batch]:
    """As the net gets it: where Lightning would, what no worker has finished is finished."""
    loader.batch_sampler.sampler.set_epoch(number)  # type: ignore[union-attr] # as Lightning calls it
    return [data.on_after_batch_transfer(batch, 0) for batch in loader]


def test_labelled_holds_known_labels_of_the_role_only(drawn: DataSet, cache: Path) -> None:
    manifest, split = drawn
    data = module(drawn, cache)
    for role, people in (("test", 2), ("val", 2), ("train", 8)):
        rows = data.labelled(role)
        assert len(rows) == 6 * people
        assert set(rows) <= set(split.rows(manifest, role))
        assert data.labels(rows).tolist() == [0, 1] * (3 * people)


def test_train_batches_have_the_right_shape_when_augmented(drawn: DataSet, cache: Path) -> None:
    data = module(drawn, cache, augment=camera())
    batches = epoch(data, data.train_dataloader(), 0)
    assert len(batches) == 4  # 70 draws, the last batch is not full
    for batch in batches:
        assert (batch.pixels.shape, batch.pixels.dtype) == ((16, 1, 24, 20), torch.uint8)
        assert batch.labels.dtype == torch.float32
        assert set(batch.labels.tolist()) <= {0.0, 1.0}
        assert batch.openness.isnan().all()  # nobody knows it of drawn eyes


def test_train_crops_are_those_of_the_runtime_when_augment_is_none(
    drawn: DataSet, cache: Path
) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        none = instantiate(compose("train", ["augment=none"]).augment)
    for workers in (0, 2):
        data = module(drawn, cache, augment=none, workers=workers)
        rows, loader = data.labelled("train"), data.train_dataloader()
        assert isinstance(loader.dataset, CropDataset)
        batch = loader.dataset.__getitems__([(place, place) for place in range(len(rows))])
        assert (batch.seed is None) is bool(workers)  # what a worker sends is finished
        batch = data.on_after_batch_transfer(batch, 0)
        assert np.array_equal(batch.pixels.numpy(), data.graph_input(rows))
        assert batch.labels.tolist() == data.labels(rows).tolist()


Loaders = dict[int, tuple[EyeDataModule, DataLoader[Batch]]]


@pytest.fixture
def loaders(drawn: DataSet, cache: Path) -> Loaders:
    modules = {n: module(drawn, cache, augment=camera(), workers=n) for n in (0, 1, 2)}
    return {workers: (data, data.train_dataloader()) for workers, data in modules.items()}


def test_train_batches_are_the_same_when_the_number_of_workers_differs(
    loaders: Loaders,
) -> None:
    for number in (0, 1):  # the second epoch meets workers that persist
        alone = epoch(*loaders[0], number)
        for workers in (1, 2):
            together = epoch(*loaders[workers], number)
            assert len(together) == len(alone)
            for one, other in zip(alone, together, strict=True):
                assert torch.equal(one.pixels, other.pixels)
                assert torch.equal(one.labels, other.labels)


def test_train_batches_are_new_in_every_epoch_when_workers_persist(
    loaders: Loaders,
) -> None:
    first, second, again = (epoch(*loaders[1], number)[0].pixels for number in (0, 1, 0))
    assert not torch.equal(first, second)
    assert torch.equal(first, again)


@pytest.mark.parametrize("workers", [0, 2])
def test_loaders_leave_the_global_random_numbers_alone(
    drawn: DataSet, cache: Path, workers: int
) -> None:
    data = module(drawn, cache, augment=camera(), workers=workers)
    before = torch.get_rng_state()
    list(data.train_dataloader())
    list(data.val_dataloader())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("free", "is_ahead"), [(1, False), (2, True)])
def test_train_batches_are_finished_by_a_thread_of_their_own_when_a_core_is_left(
    drawn: DataSet, cache: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_ahead: bool
) -> None:
    monkeypatch.setattr(datamodule, "cores", lambda: free)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    threads: set[threading.Thread] = set()
    chain = camera()

    def augment(pixels: Tensor, seed: int) -> Tensor:
        threads.add(threading.current_thread())
        return chain(pixels, seed)

    data = module(drawn, cache, augment=augment)
    threads.clear()  # one was asked what size comes out of it
    epoch(data, data.train_dataloader(), 0)
    assert len(threads) == 1
    assert (threading.current_thread() not in threads) is is_ahead


class Watcher(LightningModule):
    """Trains nothing; keeps the first batch of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.first: list[Tensor] = []

    def training_step(self, batch: Batch, index: int) -> Tensor:
        if index == 0:
            self.first.append(batch.pixels)
        return (self.weight * batch.labels.mean()).sum()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def test_train_batches_follow_the_epoch_when_lightning_trains(
    drawn: DataSet, cache: Path, tmp_path: Path
) -> None:
    data = module(drawn, cache, augment=camera(), workers=2)
    watcher = Watcher()
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=2,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        log_every_n_steps=1,
        default_root_dir=tmp_path,
    )
    trainer.fit(watcher, train_dataloaders=data.train_dataloader())
    expected = [epoch(data, data.train_dataloader(), number)[0].pixels for number in (0, 1)]
    assert len(watcher.first) == 2
    for seen, wanted in zip(watcher.first, expected, strict=True):
        assert torch.equal(seen, wanted)


def test_draw_names_training_rows_rising(drawn: DataSet, cache: Path) -> None:
    data = module(drawn, cache)
    rows = data.draw(30)
    assert len(rows) == 30
    assert (np.diff(rows) >= 0).all()
    assert set(rows) <= set(data.labelled("train"))
    assert set(data.labels(rows)) == {0, 1}
    assert np.array_equal(rows, data.draw(30))


def test_graph_input_is_the_runtimes_when_rows_are_named(drawn: DataSet, cache: Path) -> None:
    data = module(drawn, cache)
    rows = data.labelled("val")[:3]
    batch = data.graph_input(rows)
    assert batch.shape == (3, 1, 24, 20)
    assert np.array_equal(batch, stack(list(data.manifest.crops(rows)), SPEC))
    assert np.array_equal(batch, planes(data.pixels()[rows], SPEC))


def test_train_batches_are_others_when_the_seed_is(drawn: DataSet, cache: Path) -> None:
    batches = [next(iter(module(drawn, cache, seed=seed).train_dataloader())) for seed in (0, 1)]
    assert not torch.equal(batches[0].pixels, batches[1].pixels)


def test_val_batches_hold_every_crop_once_as_the_runtime_sees_it(
    drawn: DataSet, cache: Path
) -> None:
    data = module(drawn, cache, augment=camera())
    (batch,) = list(data.val_dataloader())
    rows = data.labelled("val")
    assert batch.labels.tolist() == data.labels(rows).tolist()
    assert data.on_after_batch_transfer(batch, 0) is batch  # there is nothing left to do
    for image, crop in zip(batch.pixels.numpy(), data.manifest.crops(rows), strict=True):
        assert np.array_equal(image, stack([crop], SPEC)[0])


def test_train_dataloader_is_refused_when_a_share_names_no_data_set(
    drawn: DataSet, cache: Path
) -> None:
    with pytest.raises(ConfigError, match=r"shares name \['mrl'\]"):
        module(drawn, cache, shares={"mrl": 2.0}).train_dataloader()


def test_labelled_is_refused_when_a_role_is_empty(drawn: DataSet, cache: Path) -> None:
    manifest, _ = drawn
    without = SplitByPerson({}).make(manifest)
    with pytest.raises(DataError, match="no labelled crop in the role 'test'"):
        module((manifest, without), cache).labelled("test")


@pytest.mark.parametrize(
    ("train", "val", "fault"),
    [([0, 1], [1, 1], "'val' .*all closed"), ([0, 0], [0, 1], "'train' .*all open")],
)
def test_fit_is_refused_before_it_begins_when_a_role_has_one_class(
    tmp_path: Path, train: list[int | None], val: list[int | None], fault: str
) -> None:
    manifest = data_set(tmp_path / "set", {"a": train, "b": val})
    table = pd.DataFrame({"dataset": "drawn", "subject": ["a", "b"], "role": ["train", "val"]})
    split = Split(table.assign(fold=pd.array([0, 1], "Int16")), manifest.fingerprint)
    with pytest.raises(DataError, match=rf"set .*drawn.* {fault}.*another split"):
        module((manifest, split), tmp_path).setup("fit")


def test_validation_draws_some_when_there_are_more_crops_than_it_needs(
    rendered: tuple[Manifest, Split], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = EyeDataModule(*rendered, InputSpec(32, 32), tmp_path, crops_per_epoch=128)
    everyone = data.labelled("val")
    assert np.array_equal(data.validating(), everyone)
    monkeypatch.setattr(datamodule, "MOST_VALIDATED", len(everyone) // 2)
    kept = data.validating()
    assert len(kept) == len(everyone) // 2
    assert set(kept) <= set(everyone)
    assert np.array_equal(kept, np.sort(data.validating()))  # the same each time
    labels = torch.cat([batch.labels for batch in data.val_dataloader()])
    assert np.array_equal(labels.numpy(), data.labels(kept))
