from typing import Any

import blink.torchvision_mend  # noqa: F401

from lightning import Callback, LightningModule, Trainer

from blink.latency.slot import open_slot


class GivesWay(Callback):
    """Stands still between two steps while another process of this machine measures a latency.

    Where there is no slot for measuring it takes itself out of the trainer, and costs nothing. Of
    several processes that train together the first alone holds the lock: the others wait for it at
    the next gradient, and if each held one, they could wait for each other for ever.
    """

    _has_entered = False  # also where the data fail, which are set up before

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Lightning's hook."""
        del pl_module, stage
        slot = open_slot()
        if slot is None or not trainer.is_global_zero:
            # A list of its own: Lightning is just going over the old one.
            trainer.callbacks = [one for one in trainer.callbacks if one is not self]  # type: ignore[attr-defined]
        else:
            self._slot = slot

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        self._slot.enter()
        self._has_entered = True

    def on_train_batch_start(self, *args: Any, **kwargs: Any) -> None:
        """Lightning's hook."""
        del args, kwargs
        self._slot.give_way()

    def on_validation_batch_start(self, *args: Any, **kwargs: Any) -> None:
        """Lightning's hook."""
        del args, kwargs
        self._slot.give_way()

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        self._leave()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Lightning's hook."""
        del trainer, pl_module, exception
        self._leave()

    def _leave(self) -> None:
        if self._has_entered:
            self._has_entered = False
            self._slot.leave()
