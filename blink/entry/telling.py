import logging

import blink.torchvision_mend  # noqa: F401

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from tqdm.contrib.logging import logging_redirect_tqdm

from blink.runs import QUALITY

log = logging.getLogger(__name__)


class TellsEpochs(Callback):
    """Says in the run's log how far the training is: a bar of progress is for terminals alone."""

    @rank_zero_only
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook; the epoch, or one before it, has been validated by then."""
        del pl_module
        quality = trainer.callback_metrics.get(QUALITY)
        most = trainer.max_epochs or -1  # -1 where steps end the training
        of = f" of {most}" if most > 0 else ""
        told = "" if quality is None else f": {QUALITY} {quality.item():.4f}"
        with logging_redirect_tqdm():  # on a line of its own where a bar is shown, too
            log.info("%d%s epochs%s", trainer.current_epoch + 1, of, told)
