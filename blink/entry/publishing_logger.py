from typing import Any

import blink.torchvision_mend  # noqa: F401

from lightning.pytorch.loggers import WandbLogger


class PublishingLogger(WandbLogger):
    """Logs to Weights & Biases what a run finds, too, once it has found it.

    Attributes:
        registry: Of W&B, where the main bundle of an online run is linked; None for none.
    """

    def __init__(self, *, registry: str | None = None, **wandb: Any) -> None:
        """As Lightning's.

        Args:
            registry: Its name, without the `wandb-registry-` that W&B puts before it.
            wandb: What `WandbLogger` and `wandb.init` take.
        """
        super().__init__(**wandb)
        self._wandb_init.pop("anonymous", None)  # Lightning's; W&B warns that it knows it no more
        self.registry = registry
