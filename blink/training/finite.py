import math
from collections.abc import Mapping
from typing import Any

import blink.torchvision_mend  # noqa: F401

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from blink.contract import TrainingError


class FiniteLoss(Callback):
    """Ends a training whose loss is NaN or infinite, before such weights are kept or ship.

    Args:
        steps: How many lie between two looks, each of which waits for a GPU; the last of an epoch
            and the validation after it are looked at too.
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
            _check("train/loss", loss.item(), trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook; the checkpoint of the epoch is written after it.

        Raises:
            TrainingError: A mean loss of the epoch is no number.
        """
        del pl_module
        for name, value in trainer.callback_metrics.items():
            if name.endswith("/loss"):
                _check(name, value.item(), trainer)


def _check(name: str, value: float, trainer: Trainer) -> None:
    if not math.isfinite(value):
        raise TrainingError(
            f"{name} is {value} in epoch {trainer.current_epoch}, at step {trainer.global_step}. "
            "Try a smaller optim.optimizer.lr, a smaller trainer.gradient_clip_val, or another "
            "seed; with trainer.precision=16-mixed, bf16-mixed or 32-true."
        )
