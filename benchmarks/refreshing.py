"""Measures what it costs to train on rendered eyes of which a share is drawn anew in each epoch.

    python -m benchmarks.refreshing [0 0.25 …] [--epochs 6] [options of train.py, as data=few]

Trains the configured net on the configured data once for each share, from nothing drawn, and prints
as a Markdown table, per epoch: seconds from its first step to its last, the wait for its eyes
included (median of all epochs but the first, in which nothing is new); CPU time of the process that
trains and of those that draw. On a machine that has other work to do, CPU time says more.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401 - before lightning

from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from lightning import Callback, LightningDataModule, LightningModule, Trainer
from omegaconf import DictConfig

from benchmarks.interleaved import cpu_times
from blink import entry
from blink.contract import BlinkError, cores
from blink.training import EyeClassifier

CONF = Path(__file__).parents[1] / "conf"


@dataclass(frozen=True)
class Cost:
    """What a run took, per epoch.

    Attributes:
        slots: Crops that can be drawn anew.
        seconds: Median over the epochs after the first.
        training: Seconds of CPU time of the process that trains.
        drawing: Likewise, of those that draw; for each epoch after the first.
    """

    slots: int
    seconds: float
    training: float
    drawing: float


class Watch(Callback):
    """Notes how long epochs take, their validation apart."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._started = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        self._started = time.perf_counter()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Lightning's hook."""
        del trainer, pl_module
        self.seconds.append(time.perf_counter() - self._started)


def fit(net: LightningModule, data: LightningDataModule, epochs: int) -> list[float]:
    """Trains; returns the seconds of each epoch, its validation apart."""
    watch = Watch()
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        num_sanity_val_steps=0,  # it would be taken for the end of an epoch
        use_distributed_sampler=False,
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(net, data)
    return watch.seconds


def measure(cfg: DictConfig, prepared: Any, share: float, cache: str) -> Cost:
    """Trains with a share of the rendered eyes drawn anew.

    Args:
        cfg: As train.py composes it.
        prepared: Its data set and split.
        share: Before each epoch.
        cache: A folder with nothing in it.
    """
    cfg.data.loader.refreshed.rendered.share = share
    spec = instantiate(cfg.input)
    loader = instantiate(cfg.data.loader, cache=cache)
    data = loader(*prepared, spec, augment=instantiate(cfg.augment))
    slots = len(data.labelled("train"))
    next(iter(data.val_dataloader()))  # what is made once is made before the clock runs
    next(iter(data.train_dataloader()))
    net = EyeClassifier(
        instantiate(cfg.model, channels=spec.channels), spec, **instantiate(cfg.optim)
    )
    before = cpu_times()
    seconds = fit(net, data, cfg.trainer.max_epochs)
    own, others = (now - then for now, then in zip(cpu_times(), before, strict=True))
    epochs = len(seconds)
    return Cost(slots, statistics.median(seconds[1:]), own / epochs, others / (epochs - 1))


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command line: what is measured, and options of train.py."""
    parser = argparse.ArgumentParser(description="Measures what eyes cost that are drawn anew.")
    parser.add_argument("--epochs", type=int, default=6, help="of each run")
    parser.add_argument("words", nargs="*", help="shares, and options of train.py")
    options = parser.parse_intermixed_args(arguments)
    if options.epochs < 2:
        parser.error("--epochs must be at least 2")
    overrides = [word for word in options.words if "=" in word]
    try:
        options.shares = [float(word) for word in options.words if "=" not in word] or [0, 0.25]
    except ValueError as error:
        parser.error(str(error))
    return options, overrides


def main(arguments: Sequence[str]) -> int:
    """Measures and prints the table; returns the exit code."""
    options, overrides = parse(arguments)
    entry.prepare_process()
    fixed = ["paths.run=none", f"trainer.max_epochs={options.epochs}"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [*overrides, *fixed])
    try:
        entry.fix_randomness(cfg.seed, cfg.threads)
        prepared = instantiate(cfg.data.collection).prepare()
        print(f"{cores()} cores, load {os.getloadavg()[0]:.1f}, {options.epochs} epochs\n")
        print(
            "| share | slots | seconds an epoch | CPU s, training | CPU s, drawing "
            "|\n|--:|--:|--:|--:|--:|",
            flush=True,
        )
        for share in options.shares:
            with tempfile.TemporaryDirectory(dir=cfg.paths.cache, prefix=".refreshing-") as cache:
                cost = measure(cfg, prepared, share, cache)
            print(
                f"| {share:g} | {cost.slots:,} | {cost.seconds:.1f} "
                f"| {cost.training:.1f} | {cost.drawing:.1f} |",
                flush=True,
            )
    except BlinkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
