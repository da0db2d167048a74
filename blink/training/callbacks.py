import logging
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import Callback, LightningModule, Trainer

log = logging.getLogger(__name__)


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
            log.warning("Stopped. It goes on with: python train.py resume=%s", self._folder)
