import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from lightning import LightningModule, Trainer

from blink.contract import TrainingError
from blink.training.finite import FiniteLoss

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
    with pytest.raises(TrainingError, match=rf"train/loss is {loss} in epoch 3, at step 31"):
        end_step(20, loss)
    with pytest.raises(TrainingError):
        end_step(25, loss, is_last=True)


def test_finite_loss_looks_at_few_steps_when_all_is_well() -> None:
    end_step(20, 0.5)
    end_step(25, math.nan)  # looked at five steps later


def test_finite_loss_ends_the_training_when_the_validation_has_none() -> None:
    callback = FiniteLoss(10)
    callback.on_train_epoch_end(trainer(train_loss=0.5, val_loss=0.4, val_auc=math.nan), MODULE)
    with pytest.raises(TrainingError, match="val/loss is nan"):
        callback.on_train_epoch_end(trainer(train_loss=0.5, val_loss=math.nan), MODULE)
