import logging

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from blink.entry.telling import TellsEpochs
from blink.runs import QUALITY
from tests.training.quiet import Line, quiet_trainer


class Validated(Line):
    """As little as can be trained and validated."""

    def validation_step(self, batch: Tensor) -> None:
        self.log(QUALITY, batch.mean() + self.current_epoch / 4, batch_size=1)


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
    trainer = quiet_trainer(
        max_epochs=2,
        limit_val_batches=batches,
        enable_checkpointing=False,
        callbacks=[TellsEpochs()],
    )
    eyes: DataLoader[Tensor] = DataLoader(torch.full((1, 1), 0.5))  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, "blink"):
        trainer.fit(Validated(), eyes, eyes)
    assert [record.message for record in caplog.records if record.name.startswith("blink")] == told
