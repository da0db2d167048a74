import math
from collections.abc import Mapping
from typing import Any

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from blink.contract import TrainingError


class FiniteLoss(Callback):
    """Ends a training whose loss is NaN or infinite, before such weights are kept or ship.

    `EyeClassifier` looks at the mean loss of an epoch, which callbacks are not shown in time.

    Args:
        steps: How many lie between two looks, each of which waits for a GPU; the last of an epoch,
            the validation after it and all weights that are kept are looked at too.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Tensor | Mapping[str, Any] | None,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Lightning's hook.

        Raises:
            TrainingError: The loss of this step is no number.
        """
        del pl_module, batch
        is_looked_at = batch_idx % self._steps == 0 or trainer.is_last_batch
        if is_looked_at and outputs is not None:
            loss = outputs if isinstance(outputs, Tensor) else outputs["loss"]
            check_finite("train/loss", loss.item(), trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook; the checkpoint of the epoch is written after it.

        Raises:
            TrainingError: The loss of the validation is no number.
        """
        del pl_module
        if (loss := trainer.callback_metrics.get("val/loss")) is not None:
            check_finite("val/loss", loss.item(), trainer)

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Lightning's hook; a checkpoint within an epoch may lie between two looks at the loss.

        Raises:
            TrainingError: A weight is no number.
        """
        del checkpoint
        for name, value in pl_module.state_dict().items():
            if not torch.isfinite(value).all():
                raise _gone_astray(f"A weight of {name} is NaN or infinite", trainer)


def check_finite(name: str, value: float, trainer: Trainer) -> None:
    """Refuses a loss that is no number.

    Raises:
        TrainingError: Names it, and when it was.
    """
    if not math.isfinite(value):
        raise _gone_astray(f"{name} is {value}", trainer)


def _gone_astray(fault: str, trainer: Trainer) -> TrainingError:
    return TrainingError(
        f"{fault} in epoch {trainer.current_epoch + 1}, at step {trainer.global_step}. Try a "
        "smaller optim.optimizer.lr, a smaller trainer.gradient_clip_val, or another seed; with "
        "trainer.precision=16-mixed, bf16-mixed or 32-true."
    )
