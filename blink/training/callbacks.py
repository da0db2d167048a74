from pathlib import Path
from typing import Any, cast

import blink.torchvision_mend  # noqa: F401

import numpy as np
import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, WeightAveraging
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from blink.training.checkpoint import versioned


def ema_decay_at(decay: float, steps: int) -> float:
    """Decay of the moving average at a step: the share of the old one that stays.

    Little at first, so that short runs do not ship the weights that they started from. Source:
    Vaswani et al.'s tensor2tensor.

    Args:
        decay: The most that stays.
        steps: How many there were before, from 0 up.
    """
    return min(decay, (1 + steps) / (10 + steps)) if steps else 0.0


class MovingAverage(WeightAveraging):
    """Exponential moving average of weights and buffers; it is what validates and what ships.

    How much of it stays at each step is said by `ema_decay_at`.

    Args:
        decay: Share of the old average that stays at each step, once there have been many.
    """

    def __init__(self, decay: float = 0.995) -> None:
        super().__init__()
        self._decay = decay

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook: finds the tensors once, since that takes longer than averaging them."""
        del trainer
        pairs = list(zip(_state(self._averaged.module), _state(pl_module), strict=True))
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._floats = [list(side) for side in zip(*floats, strict=True)]
        # Batch norm counts its batches in whole numbers.
        self._counts = [pair for pair in pairs if not pair[0].is_floating_point()]

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *args: Any, **kwargs: Any
    ) -> None:
        """Lightning's hook."""
        del pl_module, args, kwargs
        if trainer.global_step > self._latest_update_step:
            self.average(trainer.global_step - 1)
            self._latest_update_step = trainer.global_step

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Lightning's hook; its own loses the versions of modules, see `versioned`."""
        if "averaging_state" not in checkpoint:
            super().on_load_checkpoint(trainer, pl_module, checkpoint)
            return
        average = {f"module.{name}": value for name, value in checkpoint["state_dict"].items()}
        average |= checkpoint["averaging_state"]
        self._averaged.load_state_dict(versioned(self._averaged, average))
        pl_module.load_state_dict(versioned(pl_module, checkpoint["current_model_state"]))

    def average(self, steps: int) -> None:
        """Moves the average towards the weights as they are, after so many steps and one more."""
        averaged, current = self._floats
        torch._foreach_lerp_(averaged, current, 1 - ema_decay_at(self._decay, steps))
        for count, counted in self._counts:
            count.copy_(counted)
        self._averaged.n_averaged.fill_(1 + steps)

    @property
    def _averaged(self) -> AveragedModel:
        assert self._average_model is not None  # noqa: S101 - Lightning makes it before it trains
        return self._average_model


def _state(module: nn.Module) -> list[Tensor]:
    return [one.detach() for one in (*module.parameters(), *module.buffers())]


class StepSeed(Callback):
    """Seeds torch before every step, from the seed, the step and the process.

    What dropout leaves out then depends on nothing that came before: a run that was stopped in the
    middle of an epoch goes on with the random numbers that it would have had.

    Args:
        seed: Of the run.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Lightning's hook."""
        del batch
        words = [self._seed, trainer.current_epoch, batch_idx, trainer.global_rank]
        seed = int(np.random.SeedSequence(words).generate_state(1)[0])
        # torch.manual_seed asks every kind of device there may be, and takes 15 times as long.
        torch.default_generator.manual_seed(seed)
        if pl_module.device.type == "cuda":
            torch.cuda.manual_seed(seed)


class WithinEpoch(ModelCheckpoint):
    """Mid-epoch checkpoints, so that a stop loses few steps of a long epoch.

    The end of an epoch is left to the checkpoint that is written there, after the validation.

    Args:
        dirpath: Folder of the checkpoint, `within.ckpt`.
        steps: How many steps lie between two.
    """

    def __init__(self, dirpath: str | Path, steps: int) -> None:
        super().__init__(
            dirpath,
            filename="within",
            every_n_train_steps=steps,
            enable_version_counter=False,
        )
        self._place: dict[str, Any] | None = None

    def on_train_batch_end(self, trainer: Trainer, *args: Any, **kwargs: Any) -> None:
        """Lightning's hook."""
        if not trainer.is_last_batch:
            super().on_train_batch_end(trainer, *args, **kwargs)

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keeps where the loader stands; Lightning does too, and forgets it: see below.

        At the end of an epoch, which may come before the loader's, it stands nowhere.
        """
        del pl_module
        if not trainer.is_last_batch:
            checkpoint["loader"] = cast(Any, trainer.train_dataloader).state_dict()

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        self._place = checkpoint.get("loader")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lets the loader go on where it stood.

        Lightning would do so when it makes the loader, but who asks how many steps there are, as a
        schedule does, makes it before the checkpoint is read.
        """
        super().on_train_start(trainer, pl_module)
        if self._place is not None:
            cast(Any, trainer.train_dataloader).load_state_dict(self._place)
