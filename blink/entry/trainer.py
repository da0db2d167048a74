from collections.abc import Sequence

import blink.torchvision_mend  # noqa: F401 - before lightning

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import instantiate
from lightning import Trainer
from lightning.pytorch.loggers import Logger
from omegaconf import DictConfig

from blink.contract import ConfigError


def open_trainer(cfg: DictConfig, loggers: Sequence[Logger]) -> Trainer:
    """The trainer that the config describes.

    Raises:
        ConfigError: Several processes would train in a sweep. Each of them starts this program
            again, with the whole command, and would run the whole sweep.
    """
    trainer: Trainer = instantiate(cfg.trainer, logger=loggers)
    processes = trainer.num_devices * trainer.num_nodes
    if processes > 1 and HydraConfig.get().mode == RunMode.MULTIRUN:
        raise ConfigError(
            f"In a sweep (-m) a job trains in one process, and trainer asks for {processes}. Leave "
            "out -m and start the jobs one after the other, or choose trainer.devices=1."
        )
    return trainer
