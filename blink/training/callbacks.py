import logging
import shlex
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor

log = logging.getLogger(__name__)


class MovingAverage(WeightAveraging):
    """Exponential moving average of weights and buffers; it is what validates and what ships.

    It begins as a plain mean and keeps no more than `decay` of the past, so that short runs do not
    ship the weights that they started from. Source of the warm-up: Vaswani et al.'s tensor2tensor,
    `min(decay, (1 + steps) / (10 + steps))`.

    Args:
        decay: Share of the old average that stays at each step, once there have been many.
    """

    def __init__(self, decay: float = 0.995) -> None:
        def average(averaged: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
            kept = min(decay, (1 + int(steps)) / (10 + int(steps)))
            return kept * averaged + (1 - kept) * current

        super().__init__(avg_fn=average)


class EpochSeed(Callback):
    """Seeds torch from (seed, epoch), so that a resumed run draws what it would have drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del pl_module
        torch.manual_seed(self._seed * 1_000_003 + trainer.current_epoch)


class ResumeHint(Callback):
    """Says, when a person stops the training, how it goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        if isinstance(exception, KeyboardInterrupt):
            log.warning("%s", how_to_resume(self._folder))


def how_to_resume(folder: str | Path) -> str:
    """What a person who stopped a run needs to know."""
    return f"Stopped. It goes on with: python train.py resume={shlex.quote(str(folder))}"
