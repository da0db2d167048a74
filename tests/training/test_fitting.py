from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from lightning import Callback, Trainer, seed_everything
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from torch.optim import AdamW

from blink.contract import Calibration, CheckpointError, ConfigError, InputSpec, OperatingPoint
from blink.data.datamodule import EyeDataModule
from blink.heuristics import Gradient
from blink.models import EyeNet
from blink.training import EyeClassifier, fit_heuristics, fit_net, fitting
from blink.training.callbacks import MovingAverage, StepSeed
from blink.training.checkpoint import latest_checkpoint, read_checkpoint
from blink.training.fitting import Fitted
from blink.training.loss import CrossEntropy
from blink.training.schedule import WarmupCosine
from tests.slots import can_measure, looks_when_giving_way
from tests.training.quiet import quiet_trainer


def _fit(
    data: EyeDataModule, folder: Path, width: int = 8, epochs: int = 3, stop_after: int = 0
) -> Fitted:
    """Fits for some epochs; with `stop_after`, as if the process had been killed after so many."""
    seed_everything(0, verbose=False)
    net = EyeNet(1, [(width, 2), (16, 2)], dropout=0.2)
    optimizer = partial(AdamW, lr=0.01)
    classifier = EyeClassifier(net, data.spec, optimizer, WarmupCosine, CrossEntropy(0.02))
    trainer = quiet_trainer(
        max_epochs=epochs,
        deterministic=True,
        num_sanity_val_steps=0,
        callbacks=[
            MovingAverage(decay=0.9),
            ModelCheckpoint(folder, filename="{epoch}", save_on_train_epoch_end=True),
            StepSeed(0),
            *([_Killed(stop_after)] if stop_after else []),
        ],
    )
    return fit_net(trainer, classifier, data)


class _Killed(Callback):
    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        if trainer.current_epoch == self._epoch:
            raise ConnectionAbortedError


def _weights(fitted: Fitted) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in fitted[0].state_dict().items()}


def test_fit_net_ends_the_same_when_it_was_killed_and_resumed(
    data: EyeDataModule, tmp_path: Path
) -> None:
    whole = _fit(data, tmp_path / "whole")
    with pytest.raises(ConnectionAbortedError):
        _fit(data, tmp_path / "parts", stop_after=1)
    kept = latest_checkpoint(tmp_path / "parts")
    assert kept is not None
    assert read_checkpoint(kept)["epoch"] == 0
    resumed = _fit(data, tmp_path / "parts")
    assert whole[1] == resumed[1]
    assert whole[0].calibration == resumed[0].calibration
    ours, theirs = _weights(whole), _weights(resumed)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_fit_net_gives_the_averaged_weights_when_training_had_ended_before(
    data: EyeDataModule, tmp_path: Path
) -> None:
    first = _fit(data, tmp_path, epochs=2)
    ours = _weights(first)
    again = _fit(data, tmp_path, epochs=2)
    assert all(torch.equal(ours[name], value) for name, value in _weights(again).items())
    path = latest_checkpoint(tmp_path)
    assert path is not None
    content = read_checkpoint(path)
    assert content["operating_point"] == first[1].to_dict()
    averaged, last = content["state_dict"], content["current_model_state"]
    assert torch.equal(averaged["net.head.weight"], ours["net.head.weight"])
    assert not torch.equal(averaged["net.head.weight"], last["net.head.weight"])


def test_fit_net_refuses_when_the_folder_holds_another_models_checkpoint(
    data: EyeDataModule, tmp_path: Path
) -> None:
    _fit(data, tmp_path, epochs=1)
    with pytest.raises(CheckpointError, match="from another model"):
        _fit(data, tmp_path, width=16, epochs=1)


def test_fit_net_refuses_when_the_checkpoint_was_trained_on_other_data(
    data: EyeDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConnectionAbortedError):
        _fit(data, tmp_path, stop_after=1)
    other = {"manifest": "another", "split": data.split.fingerprint}
    monkeypatch.setattr(data, "state_dict", lambda: other)
    with pytest.raises(CheckpointError, match="an archive, an importer or the renderer"):
        _fit(data, tmp_path)


def test_fit_net_says_so_when_the_trainer_keeps_no_checkpoints(data: EyeDataModule) -> None:
    trainer = Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    classifier = EyeClassifier(EyeNet(1, [(8, 2)]), data.spec, AdamW, WarmupCosine, CrossEntropy())
    with pytest.raises(ConfigError, match="needs a ModelCheckpoint"):
        fit_net(trainer, classifier, data)


def test_fit_net_refuses_when_it_would_train_on_a_device_without_double_precision(
    data: EyeDataModule,
) -> None:
    strategy = SimpleNamespace(root_device=torch.device("mps"))
    classifier = EyeClassifier(EyeNet(1, [(8, 2)]), data.spec, AdamW, WarmupCosine, CrossEntropy())
    with pytest.raises(ConfigError, match="would train on 'mps'"):
        fit_net(cast(Trainer, SimpleNamespace(strategy=strategy)), classifier, data)


def test_fit_net_refuses_when_a_second_output_would_ship_untrained(data: EyeDataModule) -> None:
    net = EyeNet(1, [(8, 2)], outputs=2)
    classifier = EyeClassifier(net, data.spec, AdamW, WarmupCosine, CrossEntropy())
    with pytest.raises(ConfigError, match=r"\+\+model\.outputs=1, or a loss that learns openness"):
        fit_net(Trainer(logger=False, accelerator="cpu"), classifier, data)


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "fault"),
    [
        ({"lr": -1}, {}, "optim.optimizer cannot be made .*-1"),
        ({"lr": float("nan")}, {}, "optim.optimizer cannot be made .*nan"),
        ({"lr": "abc"}, {}, "optim.optimizer cannot be made .*lr='abc'"),
        ({"foo": 1}, {}, "optim.optimizer cannot be made .*'foo'"),
        ({}, {"warmup": 1.5}, "optim.scheduler.warmup is 1.5"),
        ({}, {"foo": 1}, "optim.scheduler cannot be made .*'foo'"),
    ],
)
def test_classifier_names_the_option_when_optimizer_or_scheduler_do_not_take_it(
    optimizer: dict[str, Any], scheduler: dict[str, Any], fault: str
) -> None:
    makers = partial(AdamW, **optimizer), partial(WarmupCosine, **scheduler)
    with pytest.raises(ConfigError, match=fault):
        EyeClassifier(EyeNet(1, [(8, 2)]), InputSpec(8, 8), *makers, CrossEntropy())


def test_fit_heuristics_beat_chance_when_it_is_fitted_on_training_people(
    data: EyeDataModule,
) -> None:
    graph, point = fit_heuristics({"gradient": Gradient()}, data, 200)["gradient"]
    rows = data.labelled("train")
    with torch.inference_mode():
        p = graph(torch.from_numpy(data.graph_input(rows, graph.spec))).numpy()
    labels = data.labels(rows)
    called = p >= point.threshold
    assert (called[labels == 1].mean() + (~called)[labels == 0].mean()) / 2 > 0.55
    assert graph.spec.colour == "rgb"


def test_fit_net_holds_the_slot_when_what_it_trained_is_calibrated(
    data: EyeDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, others_can_measure = tmp_path / "slot", []
    held = looks_when_giving_way(slot, monkeypatch)

    def calibrate(*_: object) -> tuple[Calibration, OperatingPoint]:
        others_can_measure.append(can_measure(slot))
        return Calibration(), OperatingPoint()

    monkeypatch.setattr(fitting, "calibrate", calibrate)
    _fit(data, tmp_path / "checkpoints", epochs=1)

    assert held == [True]  # the logits of a thousand crops
    assert others_can_measure == [False]
    assert can_measure(slot)


def test_fit_heuristics_holds_the_slot_when_crops_are_read_and_heuristics_fitted(
    data: EyeDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = looks_when_giving_way(tmp_path / "slot", monkeypatch)

    fit_heuristics({"gradient": Gradient()}, data, 20)

    assert held == [True] * 21
    assert can_measure(tmp_path / "slot")
