from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from blink.contract import ConfigError, InputSpec
from blink.data import datamodule
from blink.data.batch import Batch
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.refreshed import refresher
from blink.data.refreshed.refresher import Refresher
from blink.data.refreshed.schedule import Schedule
from blink.data.refreshed.stream import NewEyes
from blink.data.resumable import DistributedBatchSampler
from blink.data.split import Hashed, Split, SplitByPerson
from blink.data.streaming.datamodule import StreamingDataModule
from blink.synthesis import NewPeople
from tests.data.drawing import crowd, data_set
from tests.data.refreshed.painted import Painted

DataSet = tuple[Manifest, Split]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eyes are rendered here, once they are needed: no process need start."""
    monkeypatch.setattr(refresher, "cores", lambda: 0)


def module(rendered: DataSet, cache: Path, **options: Any) -> EyeDataModule:
    options = {"batch_size": 64, "crops_per_epoch": 640, "workers": 0} | options
    return EyeDataModule(*rendered, InputSpec(12, 12), cache, **options)


def epochs(data: EyeDataModule, *numbers: int) -> list[Batch]:
    """The batches of some epochs, each epoch's put together."""
    loader, found = data.train_dataloader(), []
    for number in numbers:
        loader.batch_sampler.sampler.set_epoch(number)  # type: ignore[union-attr] # as Lightning
        batches = list(loader)
        columns = list(zip(*batches, strict=True))
        pixels, labels, openness = map(torch.cat, columns[:3])
        found.append(Batch(pixels, labels, openness, batches[0].seed))
    return found


def differs(one: Batch, other: Batch) -> Tensor:
    return (one.pixels != other.pixels).flatten(1).any(1)


def test_share_of_the_crops_is_new_when_an_epoch_passes(rendered: DataSet, tmp_path: Path) -> None:
    fresh = {"rendered": NewPeople(share=0.3)}
    before = epochs(module(rendered, tmp_path), 0, 1, 5)
    after = epochs(module(rendered, tmp_path, refreshed=fresh), 0, 1, 5)
    assert not differs(before[0], after[0]).any()
    assert differs(before[1], after[1]).float().mean() == pytest.approx(0.3, abs=0.08)
    assert differs(before[2], after[2]).all()
    for old, new in zip(before, after, strict=True):
        assert torch.equal(old.labels, new.labels)
        assert old.seed == new.seed


def test_openness_fits_the_label_when_crops_are_new(rendered: DataSet, tmp_path: Path) -> None:
    (new,) = epochs(module(rendered, tmp_path, refreshed={"rendered": NewPeople(share=1)}), 1)
    (old,) = epochs(module(rendered, tmp_path), 1)
    assert (new.openness[new.labels == 1] <= 0.2).all()
    assert (new.openness[new.labels == 0] >= 0.3).all()
    assert not torch.equal(new.openness, old.openness)


def test_half_closed_eyes_stay_when_all_others_are_new(rendered: DataSet, tmp_path: Path) -> None:
    options = {"half_closed": 0.5, "crops_per_epoch": 128}
    (old,) = epochs(module(rendered, tmp_path, **options), 1)
    fresh = {"rendered": NewPeople(share=1)}
    (new,) = epochs(module(rendered, tmp_path, refreshed=fresh, **options), 1)
    assert torch.equal(differs(old, new), ~torch.isnan(old.labels))


def test_crops_are_the_same_when_workers_read_them(rendered: DataSet, tmp_path: Path) -> None:
    fresh = {"rendered": Painted(share=0.5)}
    here = epochs(module(rendered, tmp_path, refreshed=fresh), 0, 1, 3)
    there = epochs(module(rendered, tmp_path, refreshed=fresh, workers=1), 0, 1, 3)
    data = module(rendered, tmp_path)
    for one, other in zip(here, there, strict=True):
        finished = data.on_after_batch_transfer(one, 0)
        assert torch.equal(finished.pixels, other.pixels)


def test_crops_are_the_same_when_a_run_begins_in_a_later_epoch(
    rendered: DataSet, tmp_path: Path
) -> None:
    fresh = {"rendered": Painted(share=0.4)}
    *_, last = epochs(module(rendered, tmp_path / "a", refreshed=fresh), 0, 1, 2, 3, 4, 5)
    (resumed,) = epochs(module(rendered, tmp_path / "b", refreshed=fresh), 5)
    assert torch.equal(last.pixels, resumed.pixels)


def test_batches_are_the_same_when_several_processes_share_them(
    rendered: DataSet, tmp_path: Path
) -> None:
    loader = module(rendered, tmp_path, refreshed={"rendered": Painted()}).train_dataloader()
    sampler: Any = loader.batch_sampler.sampler  # type: ignore[union-attr]
    sampler.set_epoch(2)
    parts = [list(DistributedBatchSampler(sampler, 64, 2, process)) for process in (0, 1)]
    assert [one + other for one, other in zip(*parts, strict=True)] == list(loader.batch_sampler)  # type: ignore[arg-type]


def test_processes_end_when_the_training_is_over(
    rendered: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Refresher] = []
    monkeypatch.setattr(Refresher, "stop", lambda one: stopped.append(one))  # noqa: PLW0108 - bound
    data = module(rendered, tmp_path, refreshed={"rendered": Painted()})
    data.teardown("fit")
    assert stopped == []
    data.train_dataloader()
    data.teardown("fit")
    assert len(stopped) == 1


@pytest.mark.parametrize("local_rank", [None, 0, 3])
def test_crops_are_rendered_by_the_first_process_of_a_machine_when_lightning_says_which(
    rendered: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local_rank: int | None
) -> None:
    ranks: list[int] = []

    def made(schedule: Schedule, epochs: int | None, rank: int) -> Refresher:
        ranks.append(rank)
        return Refresher(schedule, epochs, rank)

    monkeypatch.setattr(datamodule, "Refresher", made)
    data = module(rendered, tmp_path, refreshed={"rendered": Painted()})
    if local_rank is not None:  # as with SLURM, which sets no LOCAL_RANK
        strategy = SimpleNamespace(root_device=torch.device("cpu"))
        data.trainer = SimpleNamespace(max_epochs=2, local_rank=local_rank, strategy=strategy)  # type: ignore[assignment]
    data.train_dataloader()
    assert ranks == [local_rank or 0]


def test_validation_and_draws_stay_when_training_crops_are_new(
    rendered: DataSet, tmp_path: Path
) -> None:
    plain, fresh = module(rendered, tmp_path), {"rendered": Painted(share=1)}
    data = module(rendered, tmp_path, refreshed=fresh)
    epochs(data, 1)
    for one, other in zip(plain.val_dataloader(), data.val_dataloader(), strict=True):
        assert torch.equal(one.pixels, other.pixels)
    assert np.array_equal(plain.graph_input(plain.draw(9)), data.graph_input(data.draw(9)))


def test_colour_is_that_of_the_input_when_crops_are_new(rendered: DataSet, tmp_path: Path) -> None:
    data = EyeDataModule(
        *rendered,
        InputSpec(10, 14, colour="rgb"),
        tmp_path,
        batch_size=128,
        crops_per_epoch=128,
        workers=0,
        refreshed={"rendered": NewPeople(share=1)},
    )
    (new,) = epochs(data, 1)
    assert new.pixels.shape == (128, 3, 10, 14)
    assert (new.pixels[:, 0] != new.pixels[:, 2]).flatten(1).any(1).any()


@pytest.mark.parametrize(
    ("refreshed", "fault"),
    [
        ({"other": Painted()}, r"refreshed names \['other'\]"),
        ({"drawn": NewPeople(share=0.1)}, "none of its training crops has its label from"),
    ],
)
def test_loader_is_refused_when_nothing_can_be_rendered_anew(
    tmp_path: Path, refreshed: Mapping[str, NewEyes], fault: str
) -> None:
    manifest = data_set(tmp_path / "set", crowd(people=10))
    split = SplitByPerson({"drawn": Hashed(5)}).make(manifest)
    data = module((manifest, split), tmp_path, refreshed=refreshed)
    with pytest.raises(ConfigError, match=fault):
        data.train_dataloader()


def test_names_do_not_matter_when_the_share_is_0(rendered: DataSet, tmp_path: Path) -> None:
    data = module(rendered, tmp_path, refreshed={"other": NewPeople()})
    assert not differs(*epochs(data, 0), *epochs(module(rendered, tmp_path), 0)).any()
    assert not (tmp_path / "refreshed").exists()


def test_streaming_is_refused_when_eyes_are_to_be_rendered_anew(
    rendered: DataSet, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="leave the shares of refreshed at 0"):
        StreamingDataModule(
            *rendered, InputSpec(12, 12), tmp_path, refreshed={"rendered": Painted()}
        )
