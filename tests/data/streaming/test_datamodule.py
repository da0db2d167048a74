import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import pytest
import torch

from blink.contract import CheckpointError, ConfigError, DataError, InputSpec
from blink.data.batch import Batch
from blink.data.camera import CameraSimulation, Finder, Noise, Tone
from blink.data.crop_dataset import BatchTransform
from blink.data.manifest import Manifest
from blink.data.split import Named, Split, SplitByPerson
from blink.data.streaming.datamodule import StreamedBatches, StreamingDataModule
from blink.data.streaming.sharding import write_shards
from blink.runtime.preprocessing import stack
from tests.data.drawing import crowd, data_set
from tests.data.streaming.streamed import KEEP_EVERY, SPEC, Watcher, kept, trainer

ROOT = Path(__file__).parents[3]


class Drawn:
    """A data set whose crops are all different, its split and its shards, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = data_set(folder / "set", crowd(13, 7, unknown=1))
        self.split: Split = SplitByPerson({"drawn": Named(["p00", "p01"])}).make(self.manifest)
        self.split.write(folder / "split.csv")
        write_shards(self.manifest, self.split, SPEC, str(folder / "shards"), block=10)
        rows = self.split.rows(self.manifest, "train")
        known = self.manifest.table["label"].notna().to_numpy()
        crops = self.manifest.crops(rows[known[rows]])
        self.crops = sorted(stack([crop], SPEC).tobytes().hex() for crop in crops)

    def data(self, spec: InputSpec = SPEC, **options: Any) -> StreamingDataModule:
        shards = str(self.folder / "shards")
        given: dict[str, Any] = {"batch_size": 5, "workers": 0, "window": 2, "shards": shards}
        options = given | options
        return StreamingDataModule(self.manifest, self.split, spec, self.folder, **options)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    drawn = Drawn(tmp_path_factory.mktemp("streamed"))
    assert len(set(drawn.crops)) == len(drawn.crops) == 56  # no multiple of any batch below
    return drawn


def epoch(loader: StreamedBatches, number: int) -> list[Batch]:
    loader.set_epoch(number)  # as Lightning does
    return list(loader)


def finished(data: StreamingDataModule, batches: Sequence[Batch]) -> list[Batch]:
    """As the net gets them: where Lightning would, what no worker has finished is finished."""
    return [data.on_after_batch_transfer(batch, 0) for batch in batches]


def names(batches: Sequence[Batch]) -> list[str]:
    done = [BatchTransform(SPEC)(batch) for batch in batches]
    return [crop.numpy().tobytes().hex() for batch in done for crop in batch.pixels]


def camera() -> CameraSimulation:
    return CameraSimulation({"finder": Finder(24, 20), "tone": Tone(), "noise": Noise()})


@pytest.mark.parametrize("workers", [0, 2])
def test_epochs_pass_every_crop_once_in_another_order(drawn: Drawn, workers: int) -> None:
    loader = drawn.data(workers=workers).train_dataloader()
    first, second, again = (names(epoch(loader, number)) for number in (0, 1, 0))
    assert sorted(first) == sorted(second) == drawn.crops
    assert first == again
    assert first != second


def test_streamed_crops_belong_to_their_labels(drawn: Drawn) -> None:
    rows = drawn.data().labelled("train")
    crops, labels = drawn.manifest.crops(rows), drawn.data().labels(rows)
    label_of = {
        stack([crop], SPEC).tobytes(): float(label)
        for crop, label in zip(crops, labels, strict=True)
    }
    for batch in finished(drawn.data(), epoch(drawn.data().train_dataloader(), 0)):
        assert (batch.pixels.dtype, batch.pixels.shape[1:]) == (torch.uint8, (1, 24, 20))
        for image, label in zip(batch.pixels.numpy(), batch.labels.tolist(), strict=True):
            assert label_of[image.transpose(1, 2, 0).tobytes()] == label


def test_streamed_batches_are_the_same_when_the_number_of_workers_differs(tmp_path: Path) -> None:
    own = Drawn(tmp_path)
    options: dict[str, Any] = {"shards": None, "augment": camera(), "working_size": 32}
    modules = [own.data(**options, workers=workers) for workers in (0, 2)]
    loaders = [data.train_dataloader() for data in modules]
    first = []
    for number in (0, 1):
        alone, together = (
            finished(data, epoch(loader, number))
            for data, loader in zip(modules, loaders, strict=True)
        )
        assert len(alone) == len(together) == len(loaders[0])
        for one, other in zip(alone, together, strict=True):
            assert torch.equal(one.pixels, other.pixels)
            assert torch.equal(one.labels, other.labels)
        first.append(alone[0].pixels)
    assert not torch.equal(*first)


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_batches_go_on_where_they_stood_when_a_state_is_loaded(
    drawn: Drawn, workers: int
) -> None:
    whole = epoch(drawn.data().train_dataloader(), 1)
    stopped = drawn.data(workers=workers).train_dataloader()
    stopped.set_epoch(1)
    iterator = iter(stopped)
    before = [next(iterator) for _ in range(5)]
    state = json.loads(json.dumps(stopped.state_dict()))
    del iterator
    resumed = drawn.data(workers=workers).train_dataloader()
    resumed.load_state_dict(state)
    after = epoch(resumed, 1)
    assert names(before) + names(after) == names(whole)
    assert sorted(names(epoch(resumed, 2))) == drawn.crops


def test_streamed_batches_start_the_next_epoch_when_the_state_was_at_the_end(drawn: Drawn) -> None:
    done = drawn.data().train_dataloader()
    epoch(done, 0)
    other = drawn.data(batch_size=7).train_dataloader()  # at the end, another order does no harm
    other.load_state_dict(done.state_dict())
    assert sorted(names(epoch(other, 1))) == drawn.crops


@pytest.mark.parametrize("options", [{"batch_size": 7}, {"seed": 1}, {"window": 3}])
def test_streamed_batches_refuse_a_state_when_the_order_is_another(
    drawn: Drawn, options: dict[str, Any]
) -> None:
    stopped = drawn.data().train_dataloader()
    next(iter(stopped))
    with pytest.raises(CheckpointError, match="in the middle of an epoch"):
        drawn.data(**options).train_dataloader().load_state_dict(stopped.state_dict())


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* is not empty")
@pytest.mark.parametrize("steps_into", [2, 3 * KEEP_EVERY + 1])
def test_every_crop_passes_once_when_lightning_is_stopped_in_an_epoch_and_resumed(
    drawn: Drawn, tmp_path: Path, workers: int, steps_into: int
) -> None:
    data = drawn.data(workers=workers)
    steps = len(data.train_dataloader())
    stopped, resumed = Watcher(steps + steps_into), Watcher()
    with pytest.raises(ConnectionAbortedError):
        trainer(tmp_path).fit(stopped, data)
    checkpoint, kept_at = kept(tmp_path)
    trainer(tmp_path).fit(
        resumed, drawn.data(workers=workers), ckpt_path=checkpoint, weights_only=True
    )
    before = stopped.seen[1][: kept_at - steps] if kept_at > steps else []
    after = resumed.seen[1]
    assert len(before) + len(after) == steps
    assert sorted(crop for batch in before + after for crop in batch) == drawn.crops


@pytest.mark.long
def test_two_processes_pass_every_crop_once_when_stopped_and_resumed(tmp_path: Path) -> None:
    own = Drawn(tmp_path)
    steps = 6  # 56 crops in 12 batches of 5 at most
    (tmp_path / "stop_after").write_text(str(steps + 5))
    done = subprocess.run(
        [sys.executable, "-m", "tests.data.streaming.streamed", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]

    def seen(phase: str, epoch: int) -> list[list[list[str]]]:
        texts = [(tmp_path / f"{phase}-{process}.json").read_text() for process in (0, 1)]
        return [json.loads(text).get(str(epoch), []) for text in texts]

    for number in (0, 1):
        batches = seen("whole", number)
        assert [len(own_batches) for own_batches in batches] == [steps, steps]
        assert {len(batch) for own_batches in batches for batch in own_batches} == {4, 5}
        assert _crops(batches) == own.crops
    assert seen("whole", 0) != seen("whole", 1)
    assert seen("stopped", 0) == seen("whole", 0)
    kept_at = int((tmp_path / "kept_after").read_text())
    assert steps < kept_at < 2 * steps
    before = [own_batches[: kept_at - steps] for own_batches in seen("stopped", 1)]
    assert _crops([*before, *seen("resumed", 1)]) == own.crops
    assert seen("resumed", 0) == [[], []]


def _crops(of_processes: list[list[list[str]]]) -> list[str]:
    return sorted(crop for batches in of_processes for batch in batches for crop in batch)


def test_shards_are_written_into_the_cache_when_none_are_named(tmp_path: Path) -> None:
    own = Drawn(tmp_path)
    data = own.data(shards=None)
    data.prepare_data()
    (index,) = tmp_path.glob("shards/*-*/shards.json")
    written = index.stat().st_mtime_ns
    assert sorted(names(epoch(data.train_dataloader(), 0))) == own.crops
    assert index.stat().st_mtime_ns == written


def test_train_dataloader_is_refused_when_the_shards_are_missing_or_of_another_size(
    drawn: Drawn, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="Write them with: blink data shard"):
        drawn.data(shards=str(tmp_path)).train_dataloader()
    with pytest.raises(DataError, match="were written for pixels 24x20-grey"):
        drawn.data(InputSpec(32, 32)).train_dataloader()


def test_train_dataloader_is_refused_when_there_are_too_few_crops(drawn: Drawn) -> None:
    with pytest.raises(ConfigError, match="window is 0"):
        drawn.data(window=0).train_dataloader()


def test_checkpoint_is_refused_when_it_was_trained_on_other_shards(drawn: Drawn) -> None:
    data = drawn.data()
    data.load_state_dict(data.state_dict())
    with pytest.raises(CheckpointError, match="the data at hand"):
        data.load_state_dict(data.state_dict() | {"shards": "another"})
