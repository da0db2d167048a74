"""What has to hold in a process before it runs an experiment."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

import torch
from lightning import seed_everything
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.contract.places import CONF
from blink.entry.run_folder import name_folder
from blink.runs import below_root_or_exit

_LEFT_OUT = {"target", "experiment", "debug"}  # null in conf/train.yaml


def prepare_process() -> None:
    """Makes our resolvers known to configs, lets GROUP=null leave out what can be, hushes others.

    Lightning announces its own products, and calls functions that torch is about to rename; neither
    is anything that a person who trains a net could act on.
    """
    resolvers: dict[str, Callable[..., object]] = {
        "run_folder": _run_folder,
        "runs_folder": lambda runs: below_root_or_exit(runs, lambda root: root),
        "run_id": lambda folder: Path(folder).name,
    }
    for name, resolver in resolvers.items():
        OmegaConf.register_new_resolver(name, resolver, replace=True)
    os.environ.setdefault("WANDB_SILENT", "true")
    for talkative in ("lightning.pytorch", "litdata"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*is smaller than the logging interval")
    sys.argv[1:] = spell_nulls(sys.argv[1:])


def spell_nulls(words: Sequence[str]) -> list[str]:
    """A command's words, with `target=null` in Hydra's own spelling, `~target`.

    Ends the program, with a sentence, where nothing can be left out: Hydra would do it with a
    traceback.
    """
    return list(map(_spell_null, words))


def _spell_null(word: str) -> str:
    group, _, option = word.partition("=")
    folder = CONF / group.partition("@")[0]
    if option != "null" or not re.fullmatch(r"[\w/@.]+", group) or not folder.is_dir():
        return word
    if group in _LEFT_OUT:
        return f"~{group}"
    options = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
    sys.exit(
        f"{word}: Hydra takes no null for a group. Choose {group} among: {options}; or leave it "
        f"out, where a run can do without: '~{group}'."
    )


def fix_randomness(seed: int, threads: int) -> None:
    """Seeds all generators and fixes torch's threads, whose number decides how sums are rounded.

    Raises:
        ConfigError: One of them is no such number.
    """
    if not (type(seed) is int and 0 <= seed < 2**32 and type(threads) is int and threads > 0):
        raise ConfigError(
            f"seed must be a whole number from 0 to {2**32 - 1}, and threads one from 1 up, not "
            f"{seed!r} and {threads!r}."
        )
    seed_everything(seed, verbose=False)
    torch.set_num_threads(threads)


def _run_folder(runs: object, name: str | None, resume: object) -> str:
    return below_root_or_exit(runs, lambda root: Path(name_folder(str(root), name, resume)))
