import math
from collections.abc import Callable
from functools import partial
from operator import add, mul
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from torch.optim import AdamW

from blink.contract import TrainingError
from blink.data.batch import Batch
from blink.data.datamodule import EyeDataModule
from blink.models import EyeNet
from blink.training import EyeClassifier, fit_net
from blink.training.callbacks import WithinEpoch
from blink.training.finite import FiniteLoss
from blink.training.loss import CrossEntropy
from blink.training.schedule import WarmupCosine
from tests.training.quiet import quiet_trainer

MODULE = cast(LightningModule, None)


def trainer(**metrics: float) -> Trainer:
    values = {name.replace("_", "/"): torch.tensor(value) for name, value in metrics.items()}
    return cast(
        Trainer,
        SimpleNamespace(
            callback_metrics=values, current_epoch=3, global_step=31, is_last_batch=False
        ),
    )


def end_step(index: int, loss: float, *, is_last: bool = False) -> None:
    at: Any = trainer()
    at.is_last_batch = is_last
    FiniteLoss(10).on_train_batch_end(at, MODULE, {"loss": torch.tensor(loss)}, None, index)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_finite_loss_ends_the_training_when_a_step_has_none(loss: float) -> None:
    with pytest.raises(TrainingError, match=rf"train/loss is {loss} in epoch 4, at step 31"):
        end_step(20, loss)
    with pytest.raises(TrainingError):
        end_step(25, loss, is_last=True)


def test_finite_loss_looks_at_few_steps_when_all_is_well() -> None:
    end_step(20, 0.5)
    end_step(25, math.nan)  # looked at five steps later


def test_finite_loss_ends_the_training_when_the_validation_has_none() -> None:
    callback = FiniteLoss(10)
    callback.on_train_epoch_end(trainer(val_loss=0.4, val_auc=math.nan), MODULE)
    callback.on_train_epoch_end(trainer(), MODULE)
    with pytest.raises(TrainingError, match="val/loss is nan"):
        callback.on_train_epoch_end(trainer(val_loss=math.nan), MODULE)


class SpoiltOnce(CrossEntropy):
    """Is changed in one step."""

    def __init__(self, step: int, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._left, self._change = step, change

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        self._left -= 1
        loss = super().__call__(logits, batch)
        return loss if self._left else self._change(loss)


@pytest.mark.parametrize(
    ("step", "change", "fault", "kept"),
    [
        # Of the four steps the first and the last are looked at; the second is kept.
        (3, partial(add, math.inf), "train/loss is inf in epoch 1", ["within.ckpt"]),
        (2, partial(mul, math.nan), r"A weight of net\..* is NaN or infinite in epoch 1", []),
    ],
)
def test_training_keeps_nothing_bad_when_a_step_is_that_nobody_looks_at(
    data: EyeDataModule,
    tmp_path: Path,
    step: int,
    change: Callable[[Tensor], Tensor],
    fault: str,
    kept: list[str],
) -> None:
    net, loss = EyeNet(1, [(8, 2)]), SpoiltOnce(step, change)
    classifier = EyeClassifier(net, data.spec, AdamW, WarmupCosine, loss)
    checkpoints = ModelCheckpoint(tmp_path, save_on_train_epoch_end=True)
    trainer = quiet_trainer(
        max_epochs=1,
        num_sanity_val_steps=0,
        callbacks=[FiniteLoss(100), checkpoints, WithinEpoch(tmp_path, 2)],
    )
    with pytest.raises(TrainingError, match=fault):
        fit_net(trainer, classifier, data)
    assert [path.name for path in tmp_path.iterdir()] == kept
