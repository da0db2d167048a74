import math
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics.functional.classification import binary_auroc, binary_recall, binary_specificity

from blink.contract import ConfigError, InputSpec, TrainingError
from blink.data.batch import Batch
from blink.models import closed_logits, scale
from blink.runs import QUALITY
from blink.training.batch_norm import FEW_VALUES
from blink.training.checkpoint import check_checkpoint, versioned
from blink.training.finite import check_finite
from blink.training.loss import Loss

P = ParamSpec("P")
Made = TypeVar("Made")


class EyeClassifier(LightningModule):
    """Trains a net to say *closed*: the Lightning shell around a plain module.

    Args:
        net: Scaled float (N, C, H, W) → logits of *closed*, float (N,), or (N, 2) with openness.
        spec: What the net sees.
        optimizer: Parameters → optimiser.
        scheduler: (Optimiser, total steps) → learning-rate schedule, stepped after every batch.
        loss: What training makes small.

    Raises:
        ConfigError: Optimiser or scheduler do not take what is configured.
    """

    def __init__(
        self,
        net: nn.Module,
        spec: InputSpec,
        optimizer: Callable[[Iterator[Parameter]], Optimizer],
        scheduler: Callable[[Optimizer, int], LRScheduler],
        loss: Loss,
    ) -> None:
        super().__init__()
        # Channels last: convolutions on the CPU run twice as fast.
        self.net, self.spec = net.to(memory_format=torch.channels_last), spec  # type: ignore[call-overload]
        self._optimizer, self._scheduler = optimizer, scheduler
        self.loss = loss
        self._seen: list[tuple[Tensor, Tensor]] = []
        self._learn_over(100)  # on trial: what is wrong is said before the data are made

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels, uint8 (N, C, H, W) → logits of *closed*, float (N,), or (N, 2)."""
        logits: Tensor = self.net(scale(pixels, self.spec))
        return logits

    def on_train_start(self) -> None:
        """Starts with no losses; of an epoch that is gone on with, those after the stop count."""
        self._forget_losses()

    def _forget_losses(self) -> None:
        self._losses, self._steps = torch.zeros((), dtype=torch.float64, device=self.device), 0

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        """The loss of a batch; their mean is logged at the end of the epoch.

        Raises:
            TrainingError: A batch norm has one value a channel, which has no variance.
        """
        try:
            logits = self(batch.pixels)
        except ValueError as error:
            if "more than 1 value per channel" in str(error):  # torch has no class for it
                raise TrainingError(FEW_VALUES) from error
            raise
        loss = self.loss(logits, batch)
        # `self.log` in each step would take as long as the optimiser.
        self._losses += loss.detach()
        self._steps += 1
        return loss

    def on_train_epoch_end(self) -> None:
        """Logs the loss, a mean over all steps.

        Raises:
            TrainingError: It is no number; the checkpoint of the epoch is written after it.
        """
        mean = (self._losses / max(1, self._steps)).float()
        check_finite("train/loss", mean.item(), self.trainer)
        self.log("train/loss", mean, prog_bar=True, sync_dist=True)
        self._forget_losses()

    def validation_step(self, batch: Batch, _index: int) -> None:
        """Keeps logits and labels; `on_validation_epoch_end` scores them together."""
        self._seen.append((closed_logits(self(batch.pixels)).float(), batch.labels.long()))

    def on_validation_epoch_end(self) -> None:
        """Logs loss, AUC and balanced accuracy over all validation crops."""
        # On the CPU: the AUC's running sums have no deterministic kernel on a GPU.
        logits, labels = (torch.cat(parts).cpu() for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        p = torch.sigmoid(logits)
        balanced = (binary_recall(p, labels) + binary_specificity(p, labels)) / 2
        # As numbers: several GPUs could not compare what lies on the CPU.
        figures = {
            "val/loss": binary_cross_entropy_with_logits(logits, labels.float()).item(),
            "val/auc": binary_auroc(p, labels).item(),
        }
        self.log_dict(figures, sync_dist=True)
        self.log(QUALITY, balanced.item(), prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """The configured optimiser, and its schedule over all steps of the run.

        Raises:
            ConfigError: The training has no end.
        """
        steps = self.trainer.estimated_stepping_batches
        if not math.isfinite(steps):
            raise ConfigError(
                "The training has no end, so no schedule of the learning rate fits it. Name "
                "trainer.max_epochs from 1 up, or trainer.max_steps."
            )
        optimizer, scheduler = self._learn_over(int(steps))
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _learn_over(self, steps: int) -> tuple[Optimizer, LRScheduler]:
        optimizer = _made("optimizer", self._optimizer, self.parameters())
        return optimizer, _made("scheduler", self._scheduler, optimizer, steps)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Lets the input contract travel with the weights."""
        checkpoint["input_spec"] = self.spec.to_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuses a checkpoint whose tensors or input are not this model's.

        Raises:
            CheckpointError: Names the first difference.
        """
        check_checkpoint(self, self.spec, checkpoint)
        checkpoint["state_dict"] = versioned(self, checkpoint["state_dict"])


def _made(option: str, make: Callable[P, Made], *args: P.args, **kwargs: P.kwargs) -> Made:
    """What a partial object makes; Hydra names the option only of what it makes itself."""
    try:
        return make(*args, **kwargs)
    except (TypeError, ValueError, RuntimeError) as error:
        settings = getattr(make, "keywords", {}).items()  # of a partial, as the config makes it
        given = ", ".join(f"{key}={value!r}" for key, value in settings)
        raise ConfigError(
            f"optim.{option} cannot be made as it is configured ({given}): {error}"
        ) from error
