import blink.torchvision_mend  # noqa: F401 - before lightning

from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from hydra.utils import instantiate
from lightning import Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.loggers import Logger
from omegaconf import DictConfig, OmegaConf

from blink.contract import ConfigError, InputSpec
from blink.contract.record import is_number
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split

_HALF = {"16", "16-mixed"}
"""Of these Lightning quietly makes bfloat16 on a CPU."""
_FAULTS = (MisconfigurationException, ValueError, TypeError, ModuleNotFoundError)


def open_loggers(cfg: DictConfig) -> list[Logger]:
    """Those of the config, which is handed to them before anything is logged that it explains."""
    loggers: list[Logger] = list(instantiate(cfg.logger).values())
    for logger in loggers:
        logger.log_hyperparams(OmegaConf.to_container(cfg, resolve=True))  # type: ignore[arg-type]
    return loggers


def open_trainer(cfg: DictConfig) -> Trainer:
    """The trainer that the config describes, still without loggers: those begin with the training.

    Raises:
        ConfigError: The machine lacks what it would train on, an option is out of range, or several
            processes would train in a sweep. Each of them starts this program again, with the whole
            command, and would run the whole sweep.
    """
    _check_options(cfg.trainer)
    try:
        trainer: Trainer = instantiate(cfg.trainer, logger=False)
    except InstantiationException as error:
        if isinstance(fault := error.__cause__, _FAULTS):
            is_cpu = cfg.trainer.accelerator == "cpu"
            hint = "" if is_cpu else " On a machine without a GPU choose trainer=default."
            raise ConfigError(
                f"The trainer cannot be made as it is configured: {str(fault).strip()}{hint}"
            ) from error
        raise
    precision = str(cfg.trainer.get("precision"))
    if precision in _HALF and isinstance(trainer.accelerator, CPUAccelerator):
        raise ConfigError(
            f"trainer.precision={precision} needs a GPU. On the CPU choose "
            "trainer.precision=bf16-mixed or 32-true."
        )
    processes = trainer.num_devices * trainer.num_nodes
    if processes > 1 and HydraConfig.get().mode == RunMode.MULTIRUN:
        raise ConfigError(
            f"In a sweep (-m) a job trains in one process, and trainer asks for {processes}. Leave "
            "out -m and start the jobs one after the other, or choose trainer.devices=1."
        )
    return trainer


def _check_options(trainer: DictConfig) -> None:
    """Refuses what Lightning takes and does not do, or stumbles over once the data are made."""
    for option in ("accumulate_grad_batches", "limit_train_batches", "limit_val_batches"):
        value = trainer.get(option)
        if value is not None and not (is_number(value) and value > 0):
            raise ConfigError(f"trainer.{option} is {value!r}; name a number above 0.")


def open_data_module(
    cfg: DictConfig, spec: InputSpec, manifest: Manifest | None = None, split: Split | None = None
) -> EyeDataModule:
    """The data module that the config describes.

    Args:
        cfg: The whole config.
        spec: What the net sees.
        manifest: The data set; None to try the options alone, since data may take minutes to make.
        split: Its people's roles.

    Raises:
        ConfigError: An option is out of range, or the augmentation does not fit the input.
    """
    augment = instantiate(cfg.augment)
    data: EyeDataModule = instantiate(
        cfg.data.loader, manifest, split, spec, augment=augment, _partial_=False
    )
    return data
