"""What has to hold in a process before it runs an experiment."""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import seed_everything
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.entry.run_folder import name_folder


def prepare_process() -> None:
    """Makes our resolvers known to configs, and hushes what others say to themselves.

    Lightning announces its own products, and calls functions that torch is about to rename; neither
    is anything that a person who trains a net could act on.
    """
    resolvers: dict[str, Callable[..., object]] = {
        "run_folder": _folder_or_exit,
        "run_id": lambda folder: Path(folder).name,
        "spare_cores": lambda: max(1, (os.cpu_count() or 1) - 1),
    }
    for name, resolver in resolvers.items():
        OmegaConf.register_new_resolver(name, resolver, replace=True)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")


def fix_randomness(seed: int, threads: int) -> None:
    """Seeds all generators and fixes torch's threads, whose number decides how sums are rounded."""
    seed_everything(seed, verbose=False)
    torch.set_num_threads(threads)


def _folder_or_exit(runs: str, name: str, resume: str | None) -> str:
    """As `name_folder`; within Hydra an error would be buried under the traceback of its parser."""
    try:
        return name_folder(runs, name, resume)
    except ConfigError as error:
        sys.exit(str(error))
