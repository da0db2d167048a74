from collections.abc import Callable, Iterator
from typing import Any

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics.functional.classification import binary_auroc, binary_recall, binary_specificity

from blink.contract import InputSpec
from blink.models import scale
from blink.training.checkpoint import check_checkpoint


class EyeClassifier(LightningModule):
    """Trains a net to say *closed*: the Lightning shell around a plain module.

    Args:
        net: Scaled float (N, C, H, W) → logits (N,).
        spec: What the net sees.
        optimizer: Parameters → optimiser.
        scheduler: (Optimiser, total steps) → learning-rate schedule, stepped after every batch.
        label_smoothing: Share of doubt in every label, since archives hold wrong ones.
    """

    def __init__(
        self,
        net: nn.Module,
        spec: InputSpec,
        optimizer: Callable[[Iterator[Parameter]], Optimizer],
        scheduler: Callable[[Optimizer, int], LRScheduler],
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        # Channels last: convolutions on the CPU run twice as fast.
        self.net, self.spec = net.to(memory_format=torch.channels_last), spec  # type: ignore[call-overload]
        self._optimizer, self._scheduler = optimizer, scheduler
        self._smoothing = label_smoothing
        self._seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels, uint8 (N, C, H, W) → logits of *closed*, float (N,)."""
        logits: Tensor = self.net(scale(pixels, self.spec))
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Binary cross-entropy against softened labels."""
        pixels, labels = batch
        target = labels * (1 - self._smoothing) + self._smoothing / 2
        loss = binary_cross_entropy_with_logits(self(pixels), target)
        self.log("train/loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Keeps logits and labels; `on_validation_epoch_end` scores them together."""
        pixels, labels = batch
        self._seen.append((self(pixels), labels.long()))

    def on_validation_epoch_end(self) -> None:
        """Logs loss, AUC and balanced accuracy over all validation crops."""
        logits, labels = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        p = torch.sigmoid(logits)
        balanced = (binary_recall(p, labels) + binary_specificity(p, labels)) / 2
        self.log("val/loss", binary_cross_entropy_with_logits(logits, labels.float()))
        self.log("val/auc", binary_auroc(p, labels))
        self.log("val/balanced_accuracy", balanced, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """The configured optimiser, and its schedule over all steps of the run."""
        optimizer = self._optimizer(self.parameters())
        steps = int(self.trainer.estimated_stepping_batches)
        scheduler = self._scheduler(optimizer, steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Lets the input contract travel with the weights."""
        checkpoint["input_spec"] = self.spec.to_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuses a checkpoint whose tensors or input are not this model's.

        Raises:
            CheckpointError: Names the first difference.
        """
        check_checkpoint(self, self.spec, checkpoint)
