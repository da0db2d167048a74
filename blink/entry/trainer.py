from collections.abc import Sequence

import blink.torchvision_mend  # noqa: F401 - before lightning

from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from hydra.utils import instantiate
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import Logger
from omegaconf import DictConfig, OmegaConf

from blink.contract import ConfigError


def open_loggers(cfg: DictConfig) -> list[Logger]:
    """Those of the config, which is handed to them before anything is logged that it explains."""
    loggers: list[Logger] = list(instantiate(cfg.logger).values())
    for logger in loggers:
        logger.log_hyperparams(OmegaConf.to_container(cfg, resolve=True))  # type: ignore[arg-type]
    return loggers


def open_trainer(cfg: DictConfig, loggers: Sequence[Logger]) -> Trainer:
    """The trainer that the config describes.

    Raises:
        ConfigError: The machine lacks what it would train on, or several processes would train in a
            sweep. Each of them starts this program again, with the whole command, and would run the
            whole sweep.
    """
    try:
        trainer: Trainer = instantiate(cfg.trainer, logger=loggers)
    except InstantiationException as error:
        if isinstance(fault := error.__cause__, MisconfigurationException | ValueError | TypeError):
            is_cpu = cfg.trainer.accelerator == "cpu"
            hint = "" if is_cpu else " On a machine without a GPU choose trainer=default."
            raise ConfigError(
                f"The trainer cannot be made as it is configured: {str(fault).strip()}{hint}"
            ) from error
        raise
    processes = trainer.num_devices * trainer.num_nodes
    if processes > 1 and HydraConfig.get().mode == RunMode.MULTIRUN:
        raise ConfigError(
            f"In a sweep (-m) a job trains in one process, and trainer asks for {processes}. Leave "
            "out -m and start the jobs one after the other, or choose trainer.devices=1."
        )
    return trainer
