"""A training as small and as silent as can be."""

from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

import torch
from lightning import LightningModule, Trainer
from torch import Tensor


class Line(LightningModule):
    """As little as can be trained."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def training_step(self, batch: Tensor) -> Tensor:
        return ((self.weight - batch) ** 2).sum()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def quiet_trainer(**options: Any) -> Trainer:
    """A trainer on the CPU that logs and shows nothing."""
    return Trainer(
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )
