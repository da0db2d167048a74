import logging

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from lightning import LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from blink.entry.telling import TellsEpochs
from blink.runs import QUALITY


class Line(LightningModule):
    """As little as can be trained and validated."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def training_step(self, batch: Tensor) -> Tensor:
        return ((self.weight - batch) ** 2).sum()

    def validation_step(self, batch: Tensor) -> None:
        self.log(QUALITY, batch.mean() + self.current_epoch / 4, batch_size=1)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


@pytest.mark.parametrize(
    ("batches", "told"),
    [
        (
            1,
            [
                "1 of 2 epochs: val/balanced_accuracy 0.5000",
                "2 of 2 epochs: val/balanced_accuracy 0.7500",
            ],
        ),
        (0, ["1 of 2 epochs", "2 of 2 epochs"]),
    ],
)
def test_training_tells_each_epoch_once_when_it_ends(
    batches: int, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    trainer = Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        limit_val_batches=batches,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[TellsEpochs()],
    )
    eyes: DataLoader[Tensor] = DataLoader(torch.full((1, 1), 0.5))  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, "blink"):
        trainer.fit(Line(), eyes, eyes)
    assert [record.message for record in caplog.records if record.name.startswith("blink")] == told
