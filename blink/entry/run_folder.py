"""A run's folder: its name, and the composed config that makes the run repeatable."""

import logging
import os
import re
import secrets
import shlex
from datetime import datetime
from functools import cache
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from blink.contract import ConfigError, atomic_file
from blink.entry.commit import current_commit
from blink.entry.watching import begin_run
from blink.runs import CONFIG, About, State, checkpoints, read_run

log = logging.getLogger(__name__)


@cache
def _start(_process: int) -> tuple[datetime, str]:
    """When a process first asked, and its short id: Hydra resolves a folder's name repeatedly."""
    return datetime.now().astimezone(), secrets.token_hex(2)


def started_at() -> str:
    """When this process started, ISO 8601 with the time zone."""
    return _start(os.getpid())[0].isoformat(timespec="seconds")


def name_folder(runs: str, name: str | None, resume: object) -> str:
    """`<runs>/<date>/<time>-<name>-<short id>` for a new run, its own folder for a resumed one.

    Args:
        runs: The folder of all runs.
        name: Of a new run.
        resume: The folder of a run to go on with, as it was written: 2026 is a number.

    Raises:
        ConfigError: There is no name, or none for a folder, or the folder to resume holds no run;
            Hydra must not make it.
    """
    if resume is None:
        if name is None:
            raise ConfigError(
                "The run has no name, since its config of data has none. Write `name: NAME` into "
                "that file of conf/data, or name the run: name=NAME."
            )
        # Bundles are called so, too, and are looked for right in a run's folder `bundles`.
        if not re.fullmatch(r"[\w.-]{1,100}", str(name)):
            raise ConfigError(
                f"name is {name!r}; it may have up to 100 letters, digits, dots, hyphens and "
                "underscores. Give it another: name=NAME"
            )
        started, short_id = _start(os.getpid())
        return f"{runs}/{started:%Y-%m-%d}/{started:%H-%M-%S}-{name}-{short_id}"
    folder = Path(str(resume))
    if not (folder / CONFIG).is_file():
        raise ConfigError(
            f"{folder / CONFIG} is missing, so there is no run to go on with. Name a folder "
            f"under {runs}/, such as the one that the stopped run printed."
        )
    return str(folder)


def open_run(cfg: DictConfig) -> tuple[Path, DictConfig]:
    """Writes the config of a new run into its folder, or reads that of a run to be resumed.

    Of groups that an older release's config does not have the default of today holds.

    Returns:
        The run's folder and the config that holds.

    Raises:
        ConfigError: The data say no licence, something else is overridden beside `resume`, a grid
            (-m) is to be resumed, another process runs it, or the epochs are no whole number from 1
            up.
        StorageError: The disk is full.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    path = folder / CONFIG
    # What W&B stages and caches goes into the run's folder too, not into the home of the user.
    os.environ["WANDB_DATA_DIR"] = os.environ["WANDB_CACHE_DIR"] = str(folder / "wandb")
    if cfg.resume is None:
        if OmegaConf.is_missing(cfg.data, "licence"):  # it is read when the training is over
            raise ConfigError(
                "The config of the data does not say what may be done with weights trained on them."
                " Say it in a sentence, in its file of conf/data or with data.licence='…'"
            )
        command = shlex.join(["python", "train.py", *HydraConfig.get().overrides.task])
        made_by = {"command": command, "commit": current_commit(), "choices": _choices()}
        OmegaConf.update(cfg, "made_by", made_by, force_add=True)
        _begin(folder, cfg)
        with atomic_file(path) as temporary:
            OmegaConf.save(cfg, temporary)
        log.info("%s: %s", folder, cfg.question)
        return folder, cfg
    others = [o for o in HydraConfig.get().overrides.task if not o.startswith("resume=")]
    if others:
        raise ConfigError(
            f"A resumed run keeps its own config; {', '.join(others)} cannot change it. "
            "Leave them out, or start a new run."
        )
    if not path.is_file():  # that of a grid's own job
        raise ConfigError(
            f"resume={cfg.resume} goes on with one run, the one that lies there. Name it without "
            "-m, each run of a grid by itself."
        )
    written = OmegaConf.load(path)
    assert isinstance(written, DictConfig)  # noqa: S101 - as it was written
    later = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in written])
    resumed = OmegaConf.merge(later, written, {"resume": cfg.resume})
    assert isinstance(resumed, DictConfig)  # noqa: S101 - as its parts are
    if read_run(folder).state is State.FINISHED and not checkpoints(folder):
        raise ConfigError(
            f"{folder} has finished and kept no checkpoint (keep_checkpoint=false), so there is "
            f"nothing to go on with. Run it again: {resumed.made_by.command}"
        )
    _begin(folder, resumed)
    log.info("%s: %s", folder, resumed.question)
    return folder, resumed


def _choices() -> dict[str, str]:
    """Folder of `conf/` → the option that was chosen of it: `model` → `pico`."""
    chosen = HydraConfig.get().runtime.choices
    return {str(group): str(option) for group, option in chosen.items() if "hydra" not in group}


def _begin(folder: Path, cfg: DictConfig) -> None:
    epochs = cfg.trainer.max_epochs
    if epochs in (None, -1) and cfg.trainer.get("max_steps") not in (None, -1):
        epochs = None  # the steps end it
    elif type(epochs) is not int or epochs < 1:
        raise ConfigError(
            f"trainer.max_epochs must be a whole number from 1 up, not {epochs!r}; null is for a "
            "training that trainer.max_steps ends."
        )
    about = About(
        name=cfg.name,
        question=cfg.question,
        command=cfg.made_by.command,
        commit=cfg.made_by.commit,
        epochs=epochs,
    )
    begin_run(folder, about, keeps_checkpoint=cfg.keep_checkpoint)
